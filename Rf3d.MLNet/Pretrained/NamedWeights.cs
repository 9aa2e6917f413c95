using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>A pretrained network whose file has tensors by name and no network: torchvision's and timm's weights. Which network it is shows in names and shapes.</summary>
internal static class NamedWeights
{
    /// <param name="tensors">The file's tensors.</param>
    /// <param name="path">The file.</param>
    /// <param name="entry">Its entry in the manifest; null for none.</param>
    /// <param name="name">Name of the network.</param>
    /// <param name="sha256">Hash of the file.</param>
    /// <param name="stated">The image preparation that the file itself states; null for none.</param>
    /// <exception cref="FormatException">They are of a type, or of a network, that is not read; or a config.json of these weights has impossible figures.</exception>
    public static PretrainedNetwork Read(IReadOnlyDictionary<string, SafeTensorEntry> tensors, string path, PretrainedEntry? entry, string name, string sha256, PretrainedInput? stated = null)
    {
        var config = entry is null && stated is null ? TimmConfig.Beside(path) : null;
        var named = NamedTensors.Of(tensors, config?.Architecture, takesHalf: false);
        var (shapes, classes) = (named.Shapes(), ClassesOf(named));
        // It may be of other weights in the same folder.
        if (config?.IsOf(ArchitectureMatch.Nearest(shapes, classes)) == false)
            config = null;
        var input = stated ?? entry?.Input() ?? config?.Input() ?? PretrainedInput.ImageNet() with { IsAssumed = true, DamagedConfig = TimmConfig.DamagedBeside(path) };
        // Files of torchvision and timm are for images of ImageNet's size where nothing else is said. Our own may be for any size.
        var (network, architecture) = ArchitectureMatch.Of(shapes, input, classes, isSizeKnown: !input.IsAssumed || !named.AreOurs);
        RequireNothingElse(named, architecture);
        // timm's MobileNet cuts off at 6.
        if (architecture == Architecture.MobileNet && tensors.Keys.Any(tensor => tensor.EndsWith("conv_stem.weight", StringComparison.Ordinal)))
            network = WithActivation(network, Activation.Relu6);
        if (input.IsAssumed)
            input = input with { Height = network.Input.Height, Width = network.Input.Width };
        return new(network with { Name = name, Classes = classes }, named.ToTable(), input, name, sha256) { Architecture = architecture, License = entry?.License ?? config?.License };
    }

    private static int ClassesOf(NamedTensors named)
    {
        if (!named.Known.TryGetValue("head.classifier" + WeightTable.Weight, out var classifier) || classifier.Shape is not [var classes, ..])
            return 0;
        return classes <= ConvNetFactory.MaximumClasses
            ? (int)classes
            : throw new FormatException($"its classifier has {classes} classes; at most {ConvNetFactory.MaximumClasses} are possible");
    }

    /// <summary>A tensor without a place here is of a layer that the catalogue's network lacks: without it, the others compute something else.</summary>
    private static void RequireNothingElse(NamedTensors named, Architecture architecture)
    {
        if (named.Unknown.Count == 0)
            return;
        throw new FormatException(
            $"it has {named.Unknown.Count} tensor(s) that {architecture} has no place for, so that its network is another one (the first is '{named.Unknown.Keys.Order(StringComparer.Ordinal).First()}'). If the network makes its features without them, save the weights without them");
    }

    private static ConvNet WithActivation(ConvNet network, Activation activation)
    {
        return network with { Stem = network.Stem is null ? null : Change(network.Stem), Stages = [.. network.Stages.Select(Change)] };

        Stage Change(Stage stage) => stage with
        {
            Blocks = [.. stage.Blocks.Select(block => block with { Layers = [.. block.Layers.Select(layer => layer is ConvLayer kernel ? kernel with { Activation = activation } : layer)] })],
        };
    }
}
