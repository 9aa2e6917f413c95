using System.Xml.Linq;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>A table in a box of its own, in which a wide one scrolls: the page itself never does sideways.</summary>
internal static class HtmlTable
{
    /// <param name="caption">Its content.</param>
    /// <param name="columns">Heads of the columns, each with whether numbers are below it.</param>
    /// <param name="rows">The first cell of each is its head.</param>
    public static XElement Of(string caption, IEnumerable<(string Head, bool IsNumber)> columns, IEnumerable<IEnumerable<object?>> rows)
    {
        var heads = columns.ToList();
        return Box(caption, E("table",
            E("caption", caption),
            E("thead", E("tr", heads.Select(column => E("th", A("scope", "col"), column.IsNumber ? Class("number") : null, column.Head)))),
            E("tbody", rows.Select(row => E("tr", row.Select((cell, index) => E(
                index == 0 ? "th" : "td",
                index == 0 ? A("scope", "row") : null,
                heads[index].IsNumber ? Class("number") : null,
                cell)))))));
    }

    public static XElement Box(string name, params object?[] content) =>
        E("div", [Class("scroll"), A("role", "region"), A("aria-label", name), A("tabindex", "0"), .. content]);

    /// <summary>A number with a bar behind it, as long as its share of the greatest.</summary>
    public static XElement Bar(string text, double share) => E("span", Class("bar"), A("style", FormattableString.Invariant($"--share:{(double.IsFinite(share) ? Math.Clamp(share, 0, 1) : 0):0.###}")), text);
}
