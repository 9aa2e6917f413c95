namespace Rf3d.ModelBuilder;

/// <summary>An audit as one HTML page (<see cref="PageFrame"/>).</summary>
internal static class AuditPage
{
    /// <summary>The sections, in the order of the page. Each says something, even if only that nothing was found.</summary>
    public static IReadOnlyList<PageSection<AuditData>> Sections { get; } =
    [
        new("labels", "Labels in doubt", AuditLabelsSection.Render),
        new("duplicates", "Duplicates", AuditDuplicatesSection.Render),
        new("outliers", "Outliers", AuditGallery.Outliers),
        new("quality", "Bad images", AuditGallery.Quality),
        new("files", "Files", AuditFilesSection.Render),
        new("classes", "Class by class", AuditClassesSection.Render),
    ];

    public static string Write(AuditData data) => new PageFrame("Audit of images", data.Title, "audit", data.Created) { MoreStyle = AuditStyle.Css }.Write(data, AuditSummary.Render(data), Sections);
}
