using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>A kernel as TorchSharp runs it: the TorchSharp reader of <see cref="LayerNode"/>.</summary>
internal abstract class LayerModule(string name) : nn.Module<Tensor, Tensor>(name)
{
    public static LayerModule Of(LayerNode node, Generator generator) => node.Layer switch
    {
        ConvLayer => new ConvLayerModule(node, generator),
        ChannelShuffle shuffle => new ChannelShuffleModule(shuffle),
        var other => throw new NotSupportedException($"{node.Name} is a {other.GetType().Name}, which cannot be built with TorchSharp."),
    };

    /// <summary>The tensors by the names of the weight table.</summary>
    public virtual IEnumerable<(string Name, Tensor Tensor)> Weights() => [];

    /// <summary>Computes in bfloat16 from now on, where that is not slower; the weights stay float32.</summary>
    public virtual void UseBFloat16()
    {
    }

    /// <summary>Whether it learns with a <see cref="IdentityBranch"/>.</summary>
    public virtual bool HasIdentityBranch => false;

    /// <summary>Learns with a <see cref="IdentityBranch"/> from now on, where there can be one.</summary>
    public virtual void UseIdentityBranch()
    {
    }

    /// <summary>Measures the outputs of the passes to come, for <see cref="FoldIdentityBranch"/>.</summary>
    public virtual void MeasureIdentityBranch()
    {
    }

    /// <summary>Takes the shortcut into the weights: the results stay the same.</summary>
    public virtual void FoldIdentityBranch()
    {
    }

    /// <summary>Computes in these forms from now on.</summary>
    public virtual void UseForms(StepForms forms)
    {
    }

    /// <summary>Lays the weights out channels-last.</summary>
    public virtual void UseChannelsLast()
    {
    }
}
