using Rf3d.Planning;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>A channel shuffle: the TorchSharp reader of <see cref="ChannelShuffle"/>.</summary>
internal sealed class ChannelShuffleModule : LayerModule
{
    private readonly long _groups;

    public ChannelShuffleModule(ChannelShuffle shuffle)
        : base(nameof(ChannelShuffleModule)) => _groups = shuffle.Groups;

    public override Tensor forward(Tensor input)
    {
        var (batch, channels, height, width) = (input.shape[0], input.shape[1], input.shape[2], input.shape[3]);
        if (!input.IsChannelsLast())
            return input.reshape(batch, _groups, channels / _groups, height, width).transpose(1, 2).reshape(batch, channels, height, width);
        // The same in the layout that the kernels around it have: reordering the channels of the plain layout would turn it into that one.
        return input.permute(0, 2, 3, 1)
            .reshape(batch, height, width, _groups, channels / _groups).transpose(3, 4).reshape(batch, height, width, channels)
            .permute(0, 3, 1, 2);
    }
}
