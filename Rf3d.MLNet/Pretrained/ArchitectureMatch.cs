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
        return Candidates(network.Input.Height, network.Input.Width, network.Classes, depths.Length, FirstFilters(network))
            .Where(candidate => candidate.Network.WithStageDepths(depths.AsSpan()) is var known && Equals(known.Stem, network.Stem) && known.Stages.SequenceEqual(network.Stages))
            .OrderByDescending(candidate => candidate.Network.GetStageDepths().SequenceEqual(depths))
            .Select(candidate => (Architecture?)candidate.Architecture).FirstOrDefault();
    }

    /// <summary>The catalogue's network that has exactly the kernels of a table.</summary>
    /// <param name="table">Weights by our names.</param>
    /// <param name="input">The size that they are for.</param>
    /// <param name="classes">Rows of the classifier.</param>
    /// <exception cref="FormatException">There is none; the message names the nearest one and the differences.</exception>
    public static (ConvNet Network, Architecture Architecture) Of(WeightTable table, PretrainedInput input, int classes)
    {
        var depths = Depths(table);
        var first = table.Find("stem.block1.layer1.weight") ?? table.Find("stage1.block1.layer1.weight");
        if (depths.Length == 0 || depths.Contains(0) || depths.Max() > MostUnits || first is not { Shape.Length: 4 })
            throw new FormatException($"its tensors have names of none of the networks that are known here ({string.Join(", ", Known)}) in torchvision or timm");
        if (first.Shape[1] != 3)
            throw new FormatException($"its first kernel takes images of {first.Shape[1]} channel(s); 3 are expected: red, green and blue");
        var judged = Candidates(input.Height, input.Width, classes, depths.Length, (int)first.Shape[0])
            .Concat(Candidates(SmallForm, SmallForm, classes, depths.Length, (int)first.Shape[0]))
            .Select(candidate => (candidate.Architecture, Depths: candidate.Network.GetStageDepths(), Network: AsIn(table, candidate.Network.WithStageDepths(depths))))
            .Select(candidate => (candidate.Architecture, candidate.Network, IsAsDeep: candidate.Depths.SequenceEqual(depths), Differences: Differences(table, candidate.Network)))
            .OrderBy(candidate => candidate.Differences.Count).ThenByDescending(candidate => candidate.IsAsDeep)
            .ToList();
        if (judged.Count == 0)
            throw new FormatException($"it has {depths.Length} stages from {first.Shape[0]} channels on, as none of the networks that are known here ({string.Join(", ", Known)})");
        var best = judged[0];
        return best.Differences.Count == 0
            ? (best.Network, best.Architecture)
            : throw new FormatException($"it is of another architecture than those known here. The nearest is {best.Architecture} with [{string.Join(", ", depths)}] units, from which {best.Differences.Count} tensor(s) differ: {string.Join("; ", best.Differences.Take(3))}");
    }

    private sealed record Candidate(Architecture Architecture, ConvNet Network);

    private static IEnumerable<Candidate> Candidates(int height, int width, int classes, int stages, int filters)
    {
        foreach (var architecture in Known)
        {
            var full = ConvNetFactory.Create(architecture, Math.Max(height, 32), Math.Max(width, 32), Math.Max(classes, 1));
            var factor = (double)filters / FirstFilters(full);
            if (full.Stages.Length == stages && factor is > 0 and <= 16)
                yield return new(architecture, ConvNetFactory.Create(architecture, Math.Max(height, 32), Math.Max(width, 32), Math.Max(classes, 1), factor));
        }
    }

    private static int FirstFilters(ConvNet network) => ((network.Stem ?? network.Stages[0]).Blocks[0].Layers[0] as Convolution)?.Filters ?? 0;

    private static int[] Depths(WeightTable table)
    {
        var blocks = table.Names.Where(name => name.StartsWith("stage", StringComparison.Ordinal)).Select(name => name.Split('.'))
            .Select(parts => (Stage: int.Parse(parts[0]["stage".Length..], System.Globalization.CultureInfo.InvariantCulture), Block: int.Parse(parts[1]["block".Length..], System.Globalization.CultureInfo.InvariantCulture)))
            .ToList();
        return blocks.Count == 0 ? [] : [.. Enumerable.Range(1, blocks.Max(block => block.Stage)).Select(stage => blocks.Where(block => block.Stage == stage).Select(block => block.Block).DefaultIfEmpty(0).Max())];
    }

    /// <summary>The network with biases, normalisations and head as the table has them.</summary>
    private static ConvNet AsIn(WeightTable table, ConvNet network)
    {
        var layout = NetworkLayout.Of(network);
        var hasClassifier = table.Find("head.classifier" + WeightTable.Weight) is not null;
        var hidden = Enumerable.Range(1, 9).Select(number => table.Find($"head.hidden{number}{WeightTable.Weight}")).TakeWhile(weight => weight is not null).ToList();
        return network with
        {
            Stem = layout.Stem is null ? null : AsIn(table, layout.Stem),
            Stages = [.. layout.Stages.Select(stage => AsIn(table, stage))],
            Head = hasClassifier && network.Head is { } head ? head with { HiddenLayers = [.. hidden.Select(weight => (int)weight!.Shape[0])] } : null,
        };
    }

    private static Stage AsIn(WeightTable table, StageNode stage) => stage.Stage with
    {
        Blocks = [.. stage.Blocks.Select(block => block.Block with { Layers = [.. block.Layers.Select(layer => AsIn(table, layer))] })],
    };

    private static Layer AsIn(WeightTable table, LayerNode node) => node.Layer is ConvLayer layer
        ? layer with { Bias = table.Find(node.Name + WeightTable.Bias) is not null, BatchNorm = table.Find(node.Name + WeightTable.NormScale) is not null }
        : node.Layer;

    private static List<string> Differences(WeightTable table, ConvNet network)
    {
        var shapes = WeightShapes.Of(NetworkLayout.Of(network));
        List<string> differences = [];
        foreach (var (name, shape) in shapes)
        {
            if (table.Find(name) is not { } tensor)
                differences.Add($"{name} is missing");
            else if (!tensor.Shape.SequenceEqual(shape))
                differences.Add($"{name} is {SafeTensorEntry.Describe(tensor.Shape)}, not {SafeTensorEntry.Describe(shape)}");
        }
        differences.AddRange(table.Names.Where(name => !shapes.ContainsKey(name)).Select(name => $"{name} has no place"));
        return differences;
    }
}
