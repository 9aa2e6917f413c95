using System.Globalization;
using System.Text.RegularExpressions;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>A pretrained network whose file has tensors by name and no network: torchvision's and timm's weights. Which network it is shows in names and shapes.</summary>
internal static partial class NamedWeights
{
    public static PretrainedNetwork Read(IReadOnlyDictionary<string, SafeTensorEntry> tensors, string path, PretrainedEntry? entry, string name, string sha256)
    {
        var names = TorchvisionNames.Map(tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.Shape.Length));
        if (names.Count == 0)
            names = tensors.Keys.Where(tensor => OwnName().IsMatch(tensor)).ToDictionary(tensor => tensor);
        var table = new WeightTable();
        foreach (var (theirs, ours) in names)
            table[ours] = new(tensors[theirs].Shape, Values(theirs, tensors[theirs]));
        var config = entry is null ? TimmConfig.Beside(path) : null;
        ResNetVariant.RequireKnown(tensors, names, config?.Architecture);
        var input = entry?.Input() ?? config?.Input ?? PretrainedInput.ImageNet() with { IsAssumed = true };
        var classes = table.Find("head.classifier" + WeightTable.Weight) is { } classifier ? (int)classifier.Shape[0] : 0;
        var (network, architecture) = ArchitectureMatch.Of(table, input, classes);
        // timm's MobileNet cuts off at 6.
        if (architecture == Architecture.MobileNet && tensors.Keys.Any(tensor => tensor.EndsWith("conv_stem.weight", StringComparison.Ordinal)))
            network = WithActivation(network, Activation.Relu6);
        if (input.IsAssumed)
            input = input with { Height = network.Input.Height, Width = network.Input.Width };
        return new(network with { Name = name, Classes = classes }, table, input, name, sha256)
        {
            Architecture = architecture,
            License = entry?.License ?? config?.License,
            Unused = [.. tensors.Keys.Where(tensor => !names.ContainsKey(tensor) && !tensor.EndsWith("num_batches_tracked", StringComparison.Ordinal)).Order(StringComparer.Ordinal)],
        };
    }

    private static float[] Values(string name, SafeTensorEntry tensor) => tensor.Type switch
    {
        "F32" or "F64" => tensor.ToFloats()!,
        "F16" or "BF16" => throw new FormatException(
            string.Create(CultureInfo.InvariantCulture, $"the tensor '{name}' is of half precision ({tensor.Type}); F32 is expected. Save it with 32 bits: in Python, model.float().state_dict()")),
        var other => throw new FormatException(
            $"the tensor '{name}' is of the type {other}, as quantized weights are; F32 is expected. Take the weights of the network before it was quantized"),
    };

    private static ConvNet WithActivation(ConvNet network, Activation activation)
    {
        return network with { Stem = network.Stem is null ? null : Change(network.Stem), Stages = [.. network.Stages.Select(Change)] };

        Stage Change(Stage stage) => stage with
        {
            Blocks = [.. stage.Blocks.Select(block => block with { Layers = [.. block.Layers.Select(layer => layer is ConvLayer kernel ? kernel with { Activation = activation } : layer)] })],
        };
    }

    [GeneratedRegex(@"^(?:(?:stem|stage[1-9])\.block[1-9][0-9]{0,3}\.|head\.)")]
    private static partial Regex OwnName();
}
