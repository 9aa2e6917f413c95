using System.Xml.Linq;
using Rf3d.Planning;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>
/// Draws 3D receptive fields: the outer square is the input of the stage, the inner one the part of it that one value sees, the fuller the more of the
/// channels.
/// </summary>
internal static class FieldDrawing
{
    private const double Side = 36;

    // More units than this are counted, not drawn.
    private const int MostDrawn = 10;
    private const int DrawnAtEnd = 2;

    /// <summary>The units of a stage in a row, each with its field and gain.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="highestGain">The gain whose bar is full.</param>
    public static XElement Blocks(StageReceptiveField stage, double highestGain)
    {
        var blocks = stage.Blocks;
        var (head, tail) = blocks.Length <= MostDrawn ? (blocks.Length, 0) : (MostDrawn - DrawnAtEnd - 1, DrawnAtEnd);
        return E("ol", Class("units"),
            blocks.Take(head).Select((block, index) => BlockOf(block, index)),
            tail == 0 ? null : E("li", Class("more"), $"{blocks.Length - head - tail} more"),
            blocks.Skip(blocks.Length - tail).Select((block, index) => BlockOf(block, blocks.Length - tail + index)));

        XElement BlockOf(BlockReceptiveField block, int index) => E("li",
            Square(block.Field, stage.Input, index),
            E("span", Class("field"), block.Field.ToString().Replace("x", "×", StringComparison.Ordinal)),
            block.Gain is { } gain
                ? E("span", Class("gain"), A("style", FormattableString.Invariant($"--share:{(highestGain > 0 ? gain / highestGain : 0):0.###}")), $"+{Figures.Number(gain, gain < 0.01 ? "0.0000" : "0.00")}")
                : E("span", Class("gain first"), "start"));
    }

    private static XElement Square(ReceptiveField field, TensorShape input, int index)
    {
        var (height, width) = (Side * Math.Min(1, (double)field.Height / input.Height), Side * Math.Min(1, (double)field.Width / input.Width));
        var channels = Math.Min(1, (double)field.Channels / input.Channels);
        return S("svg", A("viewBox", "0 0 38 38"), A("role", "img"), A("class", "square"),
            A("aria-label", FormattableString.Invariant($"Unit {index + 1} sees {field} of {input}, {100.0 * field.Volume / input.Volume:0.#} % of it")),
            S("rect", A("x", 1), A("y", 1), A("width", Side), A("height", Side), A("class", "outer")),
            S("rect", A("x", 1 + ((Side - width) / 2)), A("y", 1 + ((Side - height) / 2)), A("width", width), A("height", height), A("class", "inner"),
                A("fill-opacity", 0.2 + (0.8 * channels))));
    }
}
