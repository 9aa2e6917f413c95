using System.Globalization;
using System.Reflection;
using System.Xml.Linq;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>An audit as one HTML page with everything in it: no script, no network, light and dark, on a phone and on paper. It is XML at the same time.</summary>
internal static class AuditPage
{
    /// <summary>The sections, in the order of the page. Each says something, even if only that nothing was found.</summary>
    public static IReadOnlyList<(string Id, string Title, Func<AuditData, IEnumerable<XElement>> Render)> Sections { get; } =
    [
        ("labels", "Labels in doubt", AuditLabelsSection.Render),
        ("duplicates", "Duplicates", AuditDuplicatesSection.Render),
        ("outliers", "Outliers", AuditGallery.Outliers),
        ("quality", "Bad images", AuditGallery.Quality),
        ("files", "Files", AuditFilesSection.Render),
        ("classes", "Class by class", AuditClassesSection.Render),
    ];

    public static string Write(AuditData data)
    {
        var version = typeof(Rf3d.Planning.ConvNet).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        return Html.Write(E("html", A("lang", "en"),
            E("head",
                E("meta", A("charset", "utf-8")),
                E("meta", A("name", "viewport"), A("content", "width=device-width, initial-scale=1")),
                E("meta", A("name", "color-scheme"), A("content", "light dark")),
                E("title", $"{data.Title}: audit"),
                E("style", ReportStyle.Css + AuditStyle.Css)),
            E("body",
                E("header", A("id", "summary"),
                    E("p", Class("kind"), "Audit of images"),
                    E("h1", data.Title),
                    AuditSummary.Render(data)),
                E("nav", A("aria-label", "Contents"), E("ol", Sections.Select(section => E("li", E("a", A("href", "#" + section.Id), section.Title))))),
                E("main", Sections.Select(section => E("section", A("id", section.Id), A("aria-labelledby", section.Id + "-title"),
                    E("h2", A("id", section.Id + "-title"), section.Title),
                    section.Render(data)))),
                E("footer", P(string.Create(CultureInfo.InvariantCulture, $"Made on {data.Created:d MMMM yyyy, HH:mm} UTC by Rf3d.MLNet {version}."))))));
    }
}
