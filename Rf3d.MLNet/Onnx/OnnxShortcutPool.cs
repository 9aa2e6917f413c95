using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Reads the average pooling on a unit's shortcut, as ResNet-D has it: windows side by side, of which those over the border are means of the pixels inside it.</summary>
internal static class OnnxShortcutPool
{
    /// <returns>Window and step; null for windows of one pixel, which change nothing.</returns>
    /// <exception cref="NetworkImportException">It is of another form.</exception>
    public static Size2D? Read(NodeProto node, TensorShape input)
    {
        var name = OnnxNode.Describe(node);
        var window = ImportedNumber.Size(name, "window", node.Integers("kernel_shape") ?? []);
        var stride = ImportedNumber.Size(name, "stride", OnnxConvolution.Pair(node, "strides"));
        if (window != stride || OnnxConvolution.Pair(node, "dilations").Any(dilation => dilation != 1) || OnnxPadding.Of(node, input, window, stride, 1) != 0)
            throw NetworkImportException.At(name, $"averages windows of {window} in steps of {stride} on a shortcut; windows side by side, without padding, are supported there");
        var tiles = new AveragePool(window, stride).Tiles(input);
        if (!tiles && node.Integer("ceil_mode", 0) == 0)
            throw NetworkImportException.At(name, $"leaves out the last pixels of the {input} maps on a shortcut; with ceil_mode 1 it is supported");
        if (!tiles && node.Integer("count_include_pad", 0) != 0)
            throw NetworkImportException.At(name, $"counts pixels beyond the border of the {input} maps on a shortcut; with count_include_pad 0 it is supported");
        return window == 1 ? null : window;
    }
}
