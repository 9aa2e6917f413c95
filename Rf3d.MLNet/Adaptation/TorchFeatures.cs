using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Features by libtorch: on a GPU in single precision proper, without TensorFloat-32.</summary>
internal sealed class TorchFeatures : IFeatureNetwork
{
    private readonly TorchNetwork _network;
    private readonly BatchSource _batches;
    private readonly TensorFloat32? _precision;

    /// <param name="layout">The network.</param>
    /// <param name="weights">Its weights; those of the last layer are not looked at.</param>
    /// <param name="statistics">By which pixels are normalised.</param>
    /// <param name="images">Where the images are from.</param>
    /// <param name="device">Where to compute.</param>
    public TorchFeatures(NetworkLayout layout, WeightTable weights, ChannelStatistics statistics, ImageSet images, Device device)
    {
        using var generator = new Generator(0);
        _network = new TorchNetwork(layout, generator);
        var complete = _network.Export();
        // The last layer stays as it was drawn: the weights may have none, or one for other classes.
        foreach (var name in complete.Names.Where(name => !name.StartsWith(layout.Classifier.Name + ".", StringComparison.Ordinal)).ToList())
            complete[name] = weights[name];
        _network.Import(complete);
        _network.to(device);
        _network.UseChannelsLast();
        _network.eval();
        _batches = new BatchSource(images, statistics, device);
        _precision = device.type == DeviceType.CUDA ? TensorFloat32.Forbid() : null;
    }

    public Tensor Features(Tensor images, bool isMirrored)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var normalized = _batches.Normalized(BatchSource.Floats(images)).permute(0, 3, 1, 2);
        return _network.Features(isMirrored ? normalized.flip(3) : normalized).cpu().MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _precision?.Dispose();
        _batches.Dispose();
        _network.Dispose();
    }
}
