using static System.FormattableString;

namespace Rf3d.Planning;

/// <summary>
/// A pretrained network's weights under the names that a planned network has for them, and with as many channels, where it has fewer: a kernel that gives
/// up a channel and the kernels that read it agree on which.
/// </summary>
internal sealed class SourceChannels
{
    private readonly WeightTable _weights;
    private readonly ChannelChoice _choice;
    private readonly List<(BlockNode Planned, BlockNode? Source)> _blocks;

    private SourceChannels(NetworkLayout source, WeightTable weights, NetworkLayout planned, ChannelChoice choice)
    {
        (_weights, _choice) = (weights, choice);
        var known = source.Body.SelectMany(stage => stage.Blocks).ToDictionary(block => block.Name, StringComparer.Ordinal);
        _blocks = [.. planned.Body.SelectMany(stage => stage.Blocks).Select(block => (block, known.GetValueOrDefault(block.Name)))];
    }

    /// <summary>The weights.</summary>
    public WeightTable Weights { get; } = new();

    /// <summary>The source's name of each layer in <see cref="Weights"/>.</summary>
    public Dictionary<string, string> Origins { get; } = new(StringComparer.Ordinal);

    /// <summary>Layers that have fewer channels than in the source, with the numbers.</summary>
    public Dictionary<string, string> Narrowed { get; } = new(StringComparer.Ordinal);

    /// <summary>Layers in whose place the source has other kernels.</summary>
    public HashSet<string> Replaced { get; } = new(StringComparer.Ordinal);

    /// <summary>The source's channels in the last maps; null where they are others.</summary>
    public int[]? Features { get; private set; }

    public static SourceChannels Of(NetworkLayout source, WeightTable weights, NetworkLayout planned, ChannelChoice choice)
    {
        var channels = new SourceChannels(source, weights, planned, choice);
        int[]? kept = source.Network.Input.Channels == planned.Network.Input.Channels ? KeptChannels.All(planned.Network.Input.Channels) : null;
        for (var i = 0; i < channels._blocks.Count; i++)
            kept = channels.Take(i, kept);
        channels.Features = kept;
        channels.TakeHead(source, planned, kept);
        return channels;
    }

    /// <param name="index">The unit's number.</param>
    /// <param name="kept">The source's channels that flow in; null where they have no counterpart.</param>
    /// <returns>Those that flow out.</returns>
    private int[]? Take(int index, int[]? kept)
    {
        var (planned, source) = _blocks[index];
        if (source is null)
            return planned.Input.Channels == planned.Output.Channels ? kept : null;
        var output = planned.Block.Residual && planned.Projection is null ? kept : Outputs(index);
        var pairs = Align(planned, source);
        var current = kept;
        foreach (var layer in planned.Layers)
        {
            var isLast = layer == planned.Layers[^1];
            if (!pairs.TryGetValue(layer.Name, out var origin))
            {
                Replaced.Add(layer.Name);
                current = isLast ? output : null;
                continue;
            }
            var input = current ?? (layer.Input.Channels <= origin.Input.Channels ? KeptChannels.All(layer.Input.Channels) : null);
            current = isLast ? output : layer.Layer is DepthwiseConvolution or ChannelShuffle ? input : KeptChannels.Choose(_choice, [origin], _weights, layer.Output.Channels);
            Add(layer, origin, input, current);
        }
        if (planned.Projection is not null && source.Projection is not null)
            Add(planned.Projection, source.Projection, kept, output);
        return output;
    }

    /// <summary>The channels of a unit's output: of its last kernel, of its projection, and of all units whose outputs are added to it.</summary>
    private int[]? Outputs(int index)
    {
        var (planned, source) = _blocks[index];
        if (planned.Layers[^1].Layer is DepthwiseConvolution or ChannelShuffle)
            return planned.Output.Channels == source!.Output.Channels ? KeptChannels.All(planned.Output.Channels) : null;
        List<LayerNode> producers = [source!.Layers[^1]];
        if (source.Projection is not null)
            producers.Add(source.Projection);
        producers.AddRange(_blocks.Skip(index + 1).TakeWhile(pair => pair.Planned is { Block.Residual: true, Projection: null })
            .Select(pair => pair.Source).OfType<BlockNode>().Where(block => block.Output.Channels == source.Output.Channels).Select(block => block.Layers[^1]));
        return KeptChannels.Choose(_choice, producers, _weights, planned.Output.Channels);
    }

    private void Add(LayerNode planned, LayerNode source, int[]? inputs, int[]? outputs)
    {
        if (inputs is null || outputs is null || planned.Layer is not ConvLayer || _weights.Find(source.Name + WeightTable.Weight) is not { } weight)
            return;
        var isWhole = inputs.Length == source.Input.Channels && outputs.Length == source.Output.Channels;
        var share = planned.Layer switch
        {
            DepthwiseConvolution => [0],
            Convolution { Groups: 1 } => inputs,
            // Which channels a filter sees goes by its number: with fewer of them it would be others.
            _ => isWhole ? KeptChannels.All((int)weight.Shape[1]) : null,
        };
        if (share is null || weight.Shape.Length is not (2 or 4) || weight.Shape[0] != source.Output.Channels)
            return;
        Weights[planned.Name + WeightTable.Weight] = isWhole ? weight : Select(weight, outputs, share);
        foreach (var part in new[] { WeightTable.Bias, WeightTable.NormScale, WeightTable.NormShift, WeightTable.NormMean, WeightTable.NormVariance })
        {
            if (_weights.Find(source.Name + part) is { } tensor)
                Weights[planned.Name + part] = isWhole ? tensor : new([outputs.Length], [.. outputs.Select(channel => tensor.Values[channel])]);
        }
        Origins[planned.Name] = source.Name;
        if (!isWhole)
            Narrowed[planned.Name] = Invariant($"{outputs.Length} of {source.Output.Channels} channels from {inputs.Length} of {source.Input.Channels}");
    }

    private void TakeHead(NetworkLayout source, NetworkLayout planned, int[]? kept)
    {
        foreach (var (linear, index) in planned.Linears.Select((linear, index) => (linear, index)))
        {
            if (index >= source.Linears.Length || source.Linears[index] is not { } origin || origin.Name != linear.Name || _weights.Find(origin.Name + WeightTable.Weight) is not { } weight)
                continue;
            Origins[linear.Name] = origin.Name;
            Weights[linear.Name + WeightTable.Weight] = index == 0 && kept is not null && kept.Length > 0 && linear.Inputs < origin.Inputs && linear.Inputs % kept.Length == 0
                ? Columns(weight, linear, origin, kept)
                : weight;
            if (_weights.Find(origin.Name + WeightTable.Bias) is { } bias)
                Weights[linear.Name + WeightTable.Bias] = bias;
        }
    }

    /// <summary>The columns of the kept channels, each of which is one feature or, where maps are flattened, one for each pixel.</summary>
    private WeightTensor Columns(WeightTensor weight, LinearNode planned, LinearNode source, int[] kept)
    {
        var pixels = planned.Inputs / kept.Length;
        if (source.Inputs % pixels != 0 || kept.Max() >= source.Inputs / pixels)
            return weight;
        Narrowed[planned.Name] = Invariant($"{planned.Inputs} of {source.Inputs} features");
        var columns = kept.SelectMany(channel => Enumerable.Range(channel * pixels, pixels)).ToArray();
        return Select(weight, KeptChannels.All((int)weight.Shape[0]), columns);
    }

    private static WeightTensor Select(WeightTensor weight, int[] rows, int[] columns)
    {
        var pixels = (int)weight.Shape.Skip(2).Aggregate(1L, (product, length) => product * length);
        var width = (int)weight.Shape[1];
        var values = new float[rows.Length * columns.Length * pixels];
        var place = 0;
        foreach (var row in rows)
        {
            foreach (var column in columns)
            {
                weight.Values.AsSpan(((row * width) + column) * pixels, pixels).CopyTo(values.AsSpan(place));
                place += pixels;
            }
        }
        return new([rows.Length, columns.Length, .. weight.Shape.Skip(2)], values);
    }

    /// <summary>Which kernels of two units correspond: from the first on and from the last back, as long as they are of one kind.</summary>
    private static Dictionary<string, LayerNode> Align(BlockNode planned, BlockNode source)
    {
        Dictionary<string, LayerNode> pairs = new(StringComparer.Ordinal);
        if (planned.Block.Residual != source.Block.Residual)
            return pairs;
        var most = Math.Min(planned.Layers.Length, source.Layers.Length);
        var first = 0;
        for (; first < most && IsSameKind(planned.Layers[first].Layer, source.Layers[first].Layer); first++)
            pairs[planned.Layers[first].Name] = source.Layers[first];
        for (var last = 1; last <= most - first && IsSameKind(planned.Layers[^last].Layer, source.Layers[^last].Layer); last++)
            pairs[planned.Layers[^last].Name] = source.Layers[^last];
        return pairs;
    }

    private static bool IsSameKind(Layer one, Layer other) => (one, other) switch
    {
        (Convolution a, Convolution b) => a.Size == b.Size && a.Groups == b.Groups,
        (DepthwiseConvolution a, DepthwiseConvolution b) => a.Size == b.Size,
        (RollingPointwiseConvolution a, RollingPointwiseConvolution b) => a.Groups == b.Groups && a.Overlap.Equals(b.Overlap),
        (ChannelShuffle a, ChannelShuffle b) => a.Groups == b.Groups,
        _ => false,
    };
}
