namespace Rf3d.Planning;

/// <summary>
/// Weights with which a unit returns its input, so that a network with the unit computes the same as without it. A residual unit: the last
/// normalisation has scale 0 (torchvision's <c>zero_init_residual</c>), and the shortcut is all that is left. Kernels in a row: each hands every channel's
/// middle pixel on (a Dirac kernel).
/// </summary>
internal static class IdentityBlock
{
    /// <summary>Why there are no such weights; null where <see cref="Set"/> can make them.</summary>
    /// <param name="node">The unit.</param>
    /// <param name="range">The range of its input.</param>
    public static string? Problem(BlockNode node, ValueRange range)
    {
        if (node.Input != node.Output)
            return "input and output differ in shape";
        if (node.Block.Residual)
        {
            return node.Layers[^1].Layer is not ConvLayer { Activation: Activation.None } ? "an activation precedes the sum"
                : node.Block.SumActivation.Keeps(range) ? null
                : $"{node.Block.SumActivation} after the sum changes its input";
        }
        return node.Layers.Select(layer => Problem(layer, range)).FirstOrDefault(problem => problem is not null);
    }

    /// <summary>Puts the weights into a table that has the unit's tensors already. Normalisations get mean 0 and variance 1, until they are measured.</summary>
    public static void Set(BlockNode node, WeightTable table)
    {
        if (!node.Block.Residual)
        {
            foreach (var layer in node.Layers)
                PassThrough(layer, table);
            return;
        }
        // The layers before stay as drawn: with equal kernels they could not learn.
        var last = node.Layers[^1];
        if (((ConvLayer)last.Layer).BatchNorm)
        {
            Fill(table, last.Name + WeightTable.NormScale, 0);
            Fill(table, last.Name + WeightTable.NormShift, 0);
            return;
        }
        Fill(table, last.Name + WeightTable.Weight, 0);
        if (((ConvLayer)last.Layer).Bias)
            Fill(table, last.Name + WeightTable.Bias, 0);
    }

    private static string? Problem(LayerNode node, ValueRange range)
    {
        if (node.Layer is not SpatialConvLayer layer)
            return $"a {node.Layer.GetType().Name} mixes channels in an order of its own";
        if (node.Input != node.Output || layer.Stride != 1)
            return "input and output differ in shape";
        if (layer.Size.Height % 2 == 0 || layer.Size.Width % 2 == 0)
            return $"a kernel of {layer.Size} has no middle pixel";
        return layer.Activation.Keeps(range) ? null : $"{layer.Activation} changes its input";
    }

    private static void PassThrough(LayerNode node, WeightTable table)
    {
        var layer = (SpatialConvLayer)node.Layer;
        var weight = table[node.Name + WeightTable.Weight];
        var perFilter = weight.Values.Length / node.Output.Channels;
        var pixels = layer.Size.Height * layer.Size.Width;
        var values = new float[weight.Values.Length];
        var share = (int)weight.Shape[1];
        for (var filter = 0; filter < node.Output.Channels; filter++)
            values[(filter * perFilter) + (filter % share * pixels) + (pixels / 2)] = 1;
        table[node.Name + WeightTable.Weight] = weight with { Values = values };
        if (layer.Bias)
            Fill(table, node.Name + WeightTable.Bias, 0);
        if (!layer.BatchNorm)
            return;
        Fill(table, node.Name + WeightTable.NormScale, (float)Math.Sqrt(1 + WeightTable.NormEpsilon));
        Fill(table, node.Name + WeightTable.NormShift, 0);
        Fill(table, node.Name + WeightTable.NormMean, 0);
        Fill(table, node.Name + WeightTable.NormVariance, 1);
    }

    private static void Fill(WeightTable table, string name, float value)
    {
        var tensor = table[name];
        var values = new float[tensor.Values.Length];
        Array.Fill(values, value);
        table[name] = tensor with { Values = values };
    }
}
