using System.Globalization;
using System.Xml.Linq;
using OxyPlot;
using OxyPlot.Axes;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>
/// Plots for the page: OxyPlot draws them, in colours that are replaced by the page's, which follow the reader's light or dark.
/// </summary>
internal static class Chart
{
    public static readonly OxyColor Ink = OxyColor.FromRgb(1, 0, 0);
    public static readonly OxyColor Line = OxyColor.FromRgb(2, 0, 0);
    public static readonly OxyColor First = OxyColor.FromRgb(3, 0, 0);
    public static readonly OxyColor Second = OxyColor.FromRgb(4, 0, 0);

    private static readonly Dictionary<string, string> Colours = new()
    {
        ["rgb(1,0,0)"] = "var(--ink-soft)",
        ["rgb(2,0,0)"] = "var(--line)",
        ["rgb(3,0,0)"] = "var(--first)",
        ["rgb(4,0,0)"] = "var(--second)",
        ["black"] = "var(--ink-soft)",
    };

    private const int Width = 420;
    private const int Height = 260;

    public static PlotModel Empty() => new()
    {
        PlotAreaBorderThickness = new OxyThickness(0),
        TextColor = Ink,
        DefaultFontSize = 12,
        // OxyPlot measures another font than the page's: the labels at the left need more room than it thinks.
        Padding = new OxyThickness(26, 8, 14, 0),
    };

    public static LinearAxis Axis(AxisPosition position, string title, string format) => new()
    {
        Position = position,
        Title = title,
        StringFormat = format,
        TickStyle = TickStyle.None,
        AxislineStyle = position == AxisPosition.Bottom ? LineStyle.Solid : LineStyle.None,
        AxislineColor = Line,
        MajorGridlineStyle = position == AxisPosition.Left ? LineStyle.Solid : LineStyle.None,
        MajorGridlineColor = Line,
        AxisTitleDistance = 6,
        MaximumPadding = 0.02,
        MinimumPadding = 0.02,
    };

    /// <summary>The plot as a figure.</summary>
    /// <param name="model">The plot.</param>
    /// <param name="description">Its content, for screen readers.</param>
    /// <param name="caption">The text below it.</param>
    public static XElement Figure(PlotModel model, string description, params object?[] caption) =>
        E("figure", Class("chart"), Draw(model, description), E("figcaption", caption));

    /// <summary>The name of a curve, with its colour before it.</summary>
    public static XElement Key(string name, int curve) => E("span", Class($"key key{curve.ToString(CultureInfo.InvariantCulture)}"), name);

    private static XElement Draw(PlotModel model, string description)
    {
        var text = new SvgExporter { Width = Width, Height = Height, IsDocument = false }.ExportToString(model);
        var svg = XDocument.Parse(text).Root!;
        // The plot fits its own area. A clip needs a name, and names of several plots in one page would be the same.
        foreach (var clip in svg.Descendants(Svg + "defs").ToList())
            clip.Remove();
        foreach (var element in svg.Descendants())
        {
            element.Attribute("clip-path")?.Remove();
            if (element.Name == Svg + "text")
                Repaint(element);
            else if (element.Attribute("style") is { } style)
                style.Value = Colours.Aggregate(style.Value, (value, pair) => value.Replace(":" + pair.Key, ":" + pair.Value, StringComparison.Ordinal));
        }
        svg.ReplaceAttributes(
            A("viewBox", FormattableString.Invariant($"0 0 {Width} {Height}")), A("role", "img"), A("aria-label", description), A("class", "plot"));
        return svg;
    }

    /// <summary>A text in the page's own font.</summary>
    private static void Repaint(XElement text)
    {
        foreach (var name in new[] { "font-family", "fill", "font-weight" })
            text.Attribute(name)?.Remove();
    }
}
