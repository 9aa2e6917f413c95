namespace Rf3d.Planning;

/// <summary>A pretrained network's weights under the names that a planned network has for them. Whether their shapes are those of the planned network is not compared here.</summary>
internal sealed class SourceWeights
{
    private static readonly string[] Parts =
        [WeightTable.Weight, WeightTable.Bias, WeightTable.NormScale, WeightTable.NormShift, WeightTable.NormMean, WeightTable.NormVariance];

    private readonly WeightTable _source;

    private SourceWeights(WeightTable source) => _source = source;

    /// <summary>The weights.</summary>
    public WeightTable Weights { get; } = new();

    /// <summary>The source's name of each layer in <see cref="Weights"/>.</summary>
    public Dictionary<string, string> Origins { get; } = new(StringComparer.Ordinal);

    /// <summary>Layers in whose place the source has other kernels.</summary>
    public HashSet<string> Replaced { get; } = new(StringComparer.Ordinal);

    /// <summary>Layers that read maps of another size than in the source, with both sizes.</summary>
    public Dictionary<string, string> Pooled { get; } = new(StringComparer.Ordinal);

    public static SourceWeights Of(NetworkLayout source, WeightTable weights, NetworkLayout planned)
    {
        var found = new SourceWeights(weights);
        var known = source.Body.SelectMany(stage => stage.Blocks).ToDictionary(block => block.Name, StringComparer.Ordinal);
        foreach (var block in planned.Body.SelectMany(stage => stage.Blocks))
        {
            if (known.TryGetValue(block.Name, out var origin))
                found.Take(block, origin);
        }
        foreach (var (linear, origin) in planned.Linears.Zip(source.Linears))
        {
            if (linear.Name == origin.Name)
                found.Take(linear.Name, origin.Name);
        }
        found.PoolFlattened(source, planned);
        return found;
    }

    private void Take(BlockNode planned, BlockNode source)
    {
        var pairs = Align(planned, source);
        foreach (var layer in planned.Layers)
        {
            if (pairs.TryGetValue(layer.Name, out var origin))
                Take(layer.Name, origin.Name);
            else
                Replaced.Add(layer.Name);
        }
        if (planned.Projection is not null && source.Projection is not null)
            Take(planned.Projection.Name, source.Projection.Name);
    }

    private void Take(string planned, string source)
    {
        if (_source.Find(source + WeightTable.Weight) is null)
            return;
        foreach (var part in Parts)
        {
            if (_source.Find(source + part) is { } tensor)
                Weights[planned + part] = tensor;
        }
        Origins[planned] = source;
    }

    /// <summary>The first linear layer reads all pixels of the last maps. Where these are of another size, they are averaged to the size that the layer knows.</summary>
    private void PoolFlattened(NetworkLayout source, NetworkLayout planned)
    {
        if (source.Network.Head?.Pooling != HeadPooling.Flatten || planned.Network.Head?.Pooling != HeadPooling.Flatten)
            return;
        var (learned, seen) = (source.Stages[^1].Output, planned.Stages[^1].Output);
        var name = planned.Linears[0].Name;
        if (learned == seen || learned.Channels != seen.Channels || Weights.Find(name + WeightTable.Weight) is not { Shape: [_, var inputs] } weight || inputs != learned.Volume)
            return;
        Weights[name + WeightTable.Weight] = AdaptivePooling.Fold(weight, learned, seen);
        Pooled[name] = $"for maps of {seen} in place of {learned}";
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
