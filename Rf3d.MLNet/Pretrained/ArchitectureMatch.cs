using System.Globalization;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Finds out which network of the catalogue a set of weights belongs to.</summary>
internal static class ArchitectureMatch
{
    // ResNet18Slim is ResNet18 at half the width. Of two with the same kernels at other depths, the first represents both.
    private static readonly Architecture[] Known = [.. Enum.GetValues<Architecture>().Where(architecture => architecture != Architecture.ResNet18Slim)];

    private const int SmallForm = 32;
    private const int MostUnits = 200;

    /// <summary>The architecture whose stem and stages these are, at any depths; null for none.</summary>
    public static Architecture? Of(ConvNet network)
    {
        var depths = network.GetStageDepths();
        return Candidates(network.Input.Height, network.Input.Width, network.Classes, depths.Length, StemFilters(network))
            .Where(candidate => HasSameBody(candidate.Network.WithStageDepths(depths.AsSpan()), network))
            .OrderByDescending(candidate => candidate.Network.GetStageDepths().SequenceEqual(depths))
            .Select(candidate => (Architecture?)candidate.Architecture).FirstOrDefault();
    }

    /// <summary>The catalogue's network that has exactly the kernels of a file.</summary>
    /// <param name="shapes">Shapes of its tensors, by our names.</param>
    /// <param name="input">The size that they are for.</param>
    /// <param name="classes">Rows of the classifier.</param>
    /// <param name="isSizeKnown">Whether they are for that size; false where a network for images of another size may have the same tensors.</param>
    /// <exception cref="FormatException">There is none; the message names the nearest one and the differences. Or there are two, and the size is not known.</exception>
    public static (ConvNet Network, Architecture Architecture) Of(IReadOnlyDictionary<string, long[]> shapes, PretrainedInput input, int classes, bool isSizeKnown)
    {
        var judged = Judged(shapes, input, classes);
        var best = judged[0];
        if (best.Differences.Count > 0)
            throw new FormatException($"it is of another architecture than those known here. The nearest is {best.Architecture} with [{string.Join(", ", best.Network.GetStageDepths())}] units, from which {best.Differences.Count} tensor(s) differ: {string.Join("; ", best.Differences.Take(3))}");
        if (!isSizeKnown && judged.Any(other => other.Differences.Count == 0 && !HasSameBody(other.Network, best.Network)))
        {
            var width = best.Factor == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" and WidthMultiplier to {best.Factor}");
            throw new FormatException(
                $"its tensors are those of {best.Architecture} in two forms, whose strides differ: for small images (up to {ConvNetFactory.MaximumCifarFormSize} pixels) and for larger ones. It does not say which. Put a config.json beside it whose pretrained_cfg has input_size, mean and std, as timm writes it; or set Architecture to {best.Architecture}{width} and give the weights as .safetensors: they then go into the form for your images");
        }
        return (best.Network, best.Architecture);
    }

    /// <summary>The architecture that a file has the fewest differences from, for images of ImageNet's size or small ones.</summary>
    /// <param name="shapes">Shapes of its tensors, by our names.</param>
    /// <param name="classes">Rows of the classifier.</param>
    /// <exception cref="FormatException">It has the stages of no known network.</exception>
    public static Architecture Nearest(IReadOnlyDictionary<string, long[]> shapes, int classes) => Judged(shapes, PretrainedInput.ImageNet(), classes)[0].Architecture;

    /// <summary>All that have as many stages, the most similar first.</summary>
    private static List<Judgement> Judged(IReadOnlyDictionary<string, long[]> shapes, PretrainedInput input, int classes)
    {
        var depths = Depths(shapes);
        var first = shapes.GetValueOrDefault("stem.block1.layer1.weight") ?? shapes.GetValueOrDefault("stage1.block1.layer1.weight");
        if (depths.Length == 0 || depths.Contains(0) || depths.Max() > MostUnits || first is not { Length: 4 })
            throw new FormatException($"its tensors have names of none of the networks that are known here ({string.Join(", ", Known)}) in torchvision or timm");
        if (first[1] != 3)
            throw new FormatException($"its first kernel takes images of {first[1]} channel(s); 3 are expected: red, green and blue");
        var filters = StemFilters(shapes, (int)first[0]);
        var judged = Candidates(input.Height, input.Width, classes, depths.Length, filters)
            .Concat(Candidates(SmallForm, SmallForm, classes, depths.Length, filters))
            .Select(candidate => (Candidate: candidate, Network: AsIn(shapes, candidate.Network.WithStageDepths(depths))))
            .Select(pair => new Judgement(pair.Candidate.Architecture, pair.Network, pair.Candidate.Factor, pair.Candidate.Network.GetStageDepths().SequenceEqual(depths), Differences(shapes, pair.Network)))
            .OrderBy(judgement => judgement.Differences.Count).ThenByDescending(judgement => judgement.IsAsDeep)
            .ToList();
        return judged.Count > 0
            ? judged
            : throw new FormatException($"it has {depths.Length} stages from {filters} channels on, as none of the networks that are known here ({string.Join(", ", Known)})");
    }

    private static bool HasSameBody(ConvNet one, ConvNet other) => Equals(one.Stem, other.Stem) && one.Stages.SequenceEqual(other.Stages);

    private sealed record Candidate(Architecture Architecture, ConvNet Network, double Factor);

    private sealed record Judgement(Architecture Architecture, ConvNet Network, double Factor, bool IsAsDeep, List<string> Differences);

    private static IEnumerable<Candidate> Candidates(int height, int width, int classes, int stages, int filters)
    {
        foreach (var architecture in Known)
        {
            if (Create(architecture, height, width, classes) is not { } full)
                continue;
            var factor = (double)filters / StemFilters(full);
            if (full.Stages.Length == stages && factor is > 0 and <= 16 && Create(architecture, height, width, classes, factor) is { } network)
                yield return new(architecture, network, factor);
        }
    }

    /// <returns>Null where it cannot be for images of this size.</returns>
    private static ConvNet? Create(Architecture architecture, int height, int width, int classes, double factor = 1)
    {
        try
        {
            return ConvNetFactory.Create(architecture, Math.Max(height, SmallForm), Math.Max(width, SmallForm), Math.Max(classes, 1), factor);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Filters of the stem's last unit, or of the first unit of a network without a stem: where the width shows.</summary>
    private static int StemFilters(ConvNet network) => ((network.Stem?.Blocks[^1] ?? network.Stages[0].Blocks[0]).Layers[0] as Convolution)?.Filters ?? 0;

    private static int StemFilters(IReadOnlyDictionary<string, long[]> shapes, int first) => Enumerable.Range(2, MostUnits)
        .Select(unit => shapes.GetValueOrDefault($"stem.block{unit}.layer1{WeightTable.Weight}")).TakeWhile(weight => weight is not null).LastOrDefault() is [var filters, ..] ? (int)filters : first;

    private static int[] Depths(IReadOnlyDictionary<string, long[]> shapes)
    {
        var blocks = shapes.Keys.Where(name => name.StartsWith("stage", StringComparison.Ordinal)).Select(name => name.Split('.'))
            .Select(parts => (Stage: int.Parse(parts[0]["stage".Length..], CultureInfo.InvariantCulture), Block: int.Parse(parts[1]["block".Length..], CultureInfo.InvariantCulture)))
            .ToList();
        return blocks.Count == 0 ? [] : [.. Enumerable.Range(1, blocks.Max(block => block.Stage)).Select(stage => blocks.Where(block => block.Stage == stage).Select(block => block.Block).DefaultIfEmpty(0).Max())];
    }

    /// <summary>The network with biases, normalisations and head as the file has them.</summary>
    private static ConvNet AsIn(IReadOnlyDictionary<string, long[]> shapes, ConvNet network)
    {
        var layout = NetworkLayout.Of(network);
        var hasClassifier = shapes.ContainsKey("head.classifier" + WeightTable.Weight);
        var hidden = Enumerable.Range(1, 9).Select(number => shapes.GetValueOrDefault($"head.hidden{number}{WeightTable.Weight}")).TakeWhile(weight => weight is [> 0 and <= int.MaxValue, _]).ToList();
        return network with
        {
            Stem = layout.Stem is null ? null : AsIn(shapes, layout.Stem),
            Stages = [.. layout.Stages.Select(stage => AsIn(shapes, stage))],
            Head = hasClassifier && network.Head is { } head ? head with { HiddenLayers = [.. hidden.Select(weight => (int)weight![0])] } : null,
        };
    }

    private static Stage AsIn(IReadOnlyDictionary<string, long[]> shapes, StageNode stage) => stage.Stage with
    {
        Blocks = [.. stage.Blocks.Select(block => block.Block with { Layers = [.. block.Layers.Select(layer => AsIn(shapes, layer))] })],
    };

    private static Layer AsIn(IReadOnlyDictionary<string, long[]> shapes, LayerNode node) => node.Layer is ConvLayer layer
        ? layer with { Bias = shapes.ContainsKey(node.Name + WeightTable.Bias), BatchNorm = shapes.ContainsKey(node.Name + WeightTable.NormScale) }
        : node.Layer;

    private static List<string> Differences(IReadOnlyDictionary<string, long[]> shapes, ConvNet network)
    {
        var expected = WeightShapes.Of(NetworkLayout.Of(network));
        List<string> differences = [];
        foreach (var (name, shape) in expected)
        {
            if (shapes.GetValueOrDefault(name) is not { } found)
                differences.Add($"{name} is missing");
            else if (!found.SequenceEqual(shape))
                differences.Add($"{name} is {SafeTensorEntry.Describe(found)}, not {SafeTensorEntry.Describe(shape)}");
        }
        differences.AddRange(shapes.Keys.Where(name => !expected.ContainsKey(name)).Select(name => $"{name} has no place"));
        return differences;
    }
}
