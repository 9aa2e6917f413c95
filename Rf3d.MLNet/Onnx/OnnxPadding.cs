using Rf3d.MLNet.OnnxFormat;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Reads how a Conv or a pooling node pads: in numbers, or by a rule.</summary>
internal static class OnnxPadding
{
    public static Size2D Of(NodeProto node, TensorShape input, Size2D size, Size2D stride, Size2D dilation)
    {
        var name = OnnxNode.Describe(node);
        switch (node.Text("auto_pad", "NOTSET"))
        {
            case "NOTSET" or "":
                var pads = node.Integers("pads") is { Count: > 0 } given ? given : [0, 0, 0, 0];
                if (pads is not [var top, var left, var bottom, var right])
                    throw NetworkImportException.At(name, $"has {pads.Count} paddings; 4 are supported: top, left, bottom, right");
                return IsAsGoodAs(top, bottom, input.Height, size.Height, stride.Height, dilation.Height)
                    && IsAsGoodAs(left, right, input.Width, size.Width, stride.Width, dilation.Width)
                    ? ImportedNumber.Padding(name, [top, left])
                    : throw NetworkImportException.At(name, $"pads by [{string.Join(", ", pads)}] pixels (top, left, bottom, right); supported are paddings that are the same on both sides, and those that see the same pixels");
            case "VALID":
                return 0;
            case "SAME_UPPER" or "SAME_LOWER":
                return ImportedNumber.SamePadding(name, input, size, stride, dilation);
            case var other:
                throw NetworkImportException.At(name, $"pads by the rule '{other}'; NOTSET, VALID, SAME_UPPER and SAME_LOWER are supported");
        }
    }

    /// <summary>
    /// Whether the windows see the same pixels as with <paramref name="before"/> on both sides: they begin at the same places, so that they do where there are
    /// as many of them. CNTK and TensorFlow leave out padding that a stride does not reach.
    /// </summary>
    private static bool IsAsGoodAs(long before, long after, int length, int size, int stride, int dilation)
    {
        long Windows(long padding) => (length + padding - ((dilation * (size - 1)) + 1)) / stride;
        return before == after || (before > after && after >= 0 && Windows(before + after) == Windows(2 * before));
    }
}
