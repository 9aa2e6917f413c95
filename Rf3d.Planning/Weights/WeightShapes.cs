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

    private static long[] Weight(LayerNode node) => node.Layer switch
    {
        Convolution convolution => [convolution.Filters, node.Input.Channels / convolution.Groups, convolution.Size.Height, convolution.Size.Width],
        DepthwiseConvolution depthwise => [node.Input.Channels, 1, depthwise.Size.Height, depthwise.Size.Width],
        RollingPointwiseConvolution rolling => [rolling.Filters, RollingWindows.Of(rolling, node.Input.Channels).Width, 1, 1],
        var other => throw new NotSupportedException($"{node.Name} is a {other.GetType().Name}, whose weights have no known shape."),
    };
}
