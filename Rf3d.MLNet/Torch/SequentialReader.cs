using Rf3d.Planning;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Reads networks that their owner put together from TorchSharp's modules: walks through Sequentials, in the order in which they run, and hands
/// layer after layer to a <see cref="NetworkAssembler"/>.
/// </summary>
internal sealed class SequentialReader
{
    private readonly NetworkAssembler _network;
    private readonly LayerReader _layers;

    private SequentialReader(TensorShape input, bool stagesAreGiven)
    {
        _network = new NetworkAssembler(input, stagesAreGiven);
        _layers = new LayerReader(_network);
    }

    /// <exception cref="NetworkImportException">A layer that is not supported.</exception>
    public static ConvNet Read(Sequential network, TensorShape input)
    {
        var reader = new SequentialReader(input, stagesAreGiven: false);
        reader.Walk("", network);
        return reader._network.Build("custom");
    }

    /// <inheritdoc cref="Read(Sequential, TensorShape)"/>
    public static ConvNet Read(IReadOnlyList<Sequential> stages, TensorShape input, Sequential? classifier)
    {
        var reader = new SequentialReader(input, stagesAreGiven: true);
        for (var i = 0; i < stages.Count; i++)
        {
            reader.Walk($"stages.{i}.", stages[i]);
            reader._network.EndStage($"'stages.{i}'");
        }
        if (classifier is not null)
        {
            // The owner's own code runs between stages and classifier, and may have flattened.
            if (classifier.children().OfType<Linear>().FirstOrDefault() is { } first && !classifier.children().TakeWhile(child => child != first).Any(IsReshaping))
                reader._network.AddVector("'classifier'", first.in_features);
            reader.Walk("classifier.", classifier);
        }
        return reader._network.Build("custom");
    }

    private void Walk(string path, Sequential layers)
    {
        if (OverridesForward(layers))
        {
            throw NetworkImportException.At(
                $"'{path.TrimEnd('.')}' ({layers.GetType().Name})", "is a Sequential that overrides forward, so that its layers do not tell what it computes");
        }
        foreach (var (name, child) in layers.named_children())
        {
            if (child is not Sequential inner)
                _layers.Read($"'{path}{name}' ({child.GetType().Name})", child);
            else if (IsBlock(inner))
                WalkBlock($"{path}{name}.", inner);
            else
                Walk($"{path}{name}.", inner);
        }
    }

    private void WalkBlock(string path, Sequential unit)
    {
        _network.BeginBlock();
        Walk(path, unit);
        _network.EndBlock();
    }

    /// <summary>
    /// Whether a Sequential inside another is one unit, as MobileNet's pairs often are: kernels only, and more than one. With pooling, linear
    /// layers or Sequentials of its own it is read as if its layers were in the outer one.
    /// </summary>
    private static bool IsBlock(Sequential layers) =>
        layers.children().All(child => child is Conv2d or TorchSharp.Modules.ChannelShuffle or BatchNorm2d or Identity || LayerReader.IsActivation(child))
        && layers.children().Count(child => child is Conv2d or TorchSharp.Modules.ChannelShuffle) > 1;

    private static bool IsReshaping(nn.Module layer) => layer is Flatten or AdaptiveAvgPool2d or AvgPool2d or MaxPool2d or Conv2d;

    private static bool OverridesForward(Sequential layers) =>
        layers.GetType().GetMethod(nameof(Sequential.forward), [typeof(Tensor)])?.DeclaringType != typeof(Sequential);
}
