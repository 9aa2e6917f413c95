namespace Rf3d.ModelBuilder;

/// <summary>Makes a report: gathers its data, and writes the page.</summary>
internal static class ReportWriter
{
    /// <param name="request">The input of the report.</param>
    /// <param name="path">The .html file; it is replaced as a whole or not at all.</param>
    /// <returns>The data of the report.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <inheritdoc cref="ReportBuilder.Build" path="/exception"/>
    public static ReportData Write(ReportRequest request, string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var data = ReportBuilder.Build(request);
        Rf3d.MLNet.AtomicFile.Write(path, System.Text.Encoding.UTF8.GetBytes(ReportPage.Write(data)));
        return data;
    }
}
