using System.Globalization;
using System.Reflection;
using System.Xml.Linq;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>
/// The report as one HTML page with everything in it: no script, no network, light and dark, on a phone and on paper. It is XML at the same time.
/// </summary>
internal static class ReportPage
{
    /// <summary>The sections, in the order of the page. Each says something, even if only what is not known.</summary>
    public static IReadOnlyList<(string Id, string Title, Func<ReportData, IEnumerable<XElement>> Render)> Sections { get; } =
    [
        ("network", "The network", NetworkSection.Render),
        ("plan", "What was changed, and why", PlanSection.Render),
        ("cost", "Cost", CostSection.Render),
        ("training", "Training", TrainingSection.Render),
        ("classes", "Class by class", ClassesSection.Render),
        ("confusion", "Confusion matrix", ConfusionSection.Render),
        ("mistakes", "Mistakes", MistakesSection.Render),
        ("calibration", "Calibration", CalibrationSection.Render),
        ("activations", "Where the network looked", ActivationSection.Render),
        ("data", "The data set", DataSection.Render),
    ];

    public static string Write(ReportData data)
    {
        var version = typeof(Rf3d.Planning.ConvNet).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        return Html.Write(E("html", A("lang", "en"),
            E("head",
                E("meta", A("charset", "utf-8")),
                E("meta", A("name", "viewport"), A("content", "width=device-width, initial-scale=1")),
                E("meta", A("name", "color-scheme"), A("content", "light dark")),
                E("title", $"{data.Title}: report"),
                E("style", ReportStyle.Css)),
            E("body",
                E("header", A("id", "summary"),
                    E("p", Class("kind"), "Image classifier"),
                    E("h1", data.Title),
                    SummarySection.Render(data)),
                E("nav", A("aria-label", "Contents"), E("ol", Sections.Select(section => E("li", E("a", A("href", "#" + section.Id), section.Title))))),
                E("main", Sections.Select(section => E("section", A("id", section.Id), A("aria-labelledby", section.Id + "-title"),
                    E("h2", A("id", section.Id + "-title"), section.Title),
                    section.Render(data)))),
                E("footer", P(string.Create(CultureInfo.InvariantCulture, $"Made on {data.Created:d MMMM yyyy, HH:mm} UTC by Rf3d.MLNet {version}."))))));
    }
}
