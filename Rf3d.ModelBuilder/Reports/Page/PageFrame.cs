using System.Globalization;
using System.Reflection;
using System.Xml.Linq;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>A section of a page.</summary>
/// <param name="Id">Its identifier, to which the list of contents links.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Render">Its content.</param>
internal sealed record PageSection<TData>(string Id, string Title, Func<TData, IEnumerable<XElement>> Render);

/// <summary>One HTML page that contains all it needs: no script, no network, light and dark, for phones and paper. It is also well-formed XML.</summary>
/// <param name="Kind">The line above the title.</param>
/// <param name="Title">The title.</param>
/// <param name="Suffix">The text after the title in the tab of the browser.</param>
/// <param name="Created">Time of the footer, UTC.</param>
internal sealed record PageFrame(string Kind, string Title, string Suffix, DateTimeOffset Created)
{
    /// <summary>Styles after those of all pages.</summary>
    public string MoreStyle { get; init; } = "";

    /// <param name="data">The data of the sections.</param>
    /// <param name="summary">Below the title.</param>
    /// <param name="sections">The sections, in the order of the page.</param>
    public string Write<TData>(TData data, IEnumerable<XElement> summary, IReadOnlyList<PageSection<TData>> sections)
    {
        var version = typeof(Rf3d.Planning.ConvNet).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        return Html.Write(E("html", A("lang", "en"),
            E("head",
                E("meta", A("charset", "utf-8")),
                E("meta", A("name", "viewport"), A("content", "width=device-width, initial-scale=1")),
                E("meta", A("name", "color-scheme"), A("content", "light dark")),
                E("title", $"{Title}: {Suffix}"),
                E("style", ReportStyle.Css + MoreStyle)),
            E("body",
                E("header", A("id", "summary"), E("p", Class("kind"), Kind), E("h1", Title), summary),
                E("nav", A("aria-label", "Contents"), E("ol", sections.Select(section => E("li", E("a", A("href", "#" + section.Id), section.Title))))),
                E("main", sections.Select(section => E("section", A("id", section.Id), A("aria-labelledby", section.Id + "-title"),
                    E("h2", A("id", section.Id + "-title"), section.Title),
                    section.Render(data)))),
                E("footer", P(string.Create(CultureInfo.InvariantCulture, $"Made on {Created:d MMMM yyyy, HH:mm} UTC by Rf3d.MLNet {version}."))))));
    }
}
