namespace Rf3d.Planning;

/// <summary>The shapes of all tensors that a network has, by the names of <see cref="WeightTable"/>: a table without its numbers.</summary>
internal static class WeightShapes
{
    private static readonly string[] Norm = [WeightTable.NormScale, WeightTable.NormShift, WeightTable.NormMean, WeightTable.NormVariance];

    public static IReadOnlyDictionary<string, long[]> Of(NetworkLayout layout)
    {
        Dictionary<string, long[]> shapes = new(StringComparer.Ordinal);
        foreach (var node in layout.Layers)
        {
            if (node.Layer is not ConvLayer layer)
                continue;
            long filters = node.Output.Channels;
            shapes[node.Name + WeightTable.Weight] = Weight(node);
            if (layer.Bias)
                shapes[node.Name + WeightTable.Bias] = [filters];
            foreach (var part in layer.BatchNorm ? Norm : [])
                shapes[node.Name + part] = [filters];
        }
        foreach (var linear in layout.Linears)
        {
            shapes[linear.Name + WeightTable.Weight] = [linear.Outputs, linear.Inputs];
            shapes[linear.Name + WeightTable.Bias] = [linear.Outputs];
        }
        return shapes;
    }

    /// <returns>Weights of 0; null if a tensor has more values than an array can have.</returns>
    public static WeightTable? Zeros(NetworkLayout layout)
    {
        var table = new WeightTable();
        foreach (var (name, shape) in Of(layout))
        {
            var length = shape.Aggregate(1L, (product, side) => product * side);
            if (length > Array.MaxLength)
                return null;
            table[name] = new(shape, new float[length]);
        }
        return table;
    }

    private static long[] Weight(LayerNode node) => node.Layer switch
    {
        Convolution convolution => [convolution.Filters, node.Input.Channels / convolution.Groups, convolution.Size.Height, convolution.Size.Width],
        DepthwiseConvolution depthwise => [node.Input.Channels, 1, depthwise.Size.Height, depthwise.Size.Width],
        RollingPointwiseConvolution rolling => [rolling.Filters, RollingWindows.Of(rolling, node.Input.Channels).Width, 1, 1],
        var other => throw new NotSupportedException($"{node.Name} is a {other.GetType().Name}, whose weights have no known shape."),
    };
}
