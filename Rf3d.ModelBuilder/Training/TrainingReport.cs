using System.Text;
using Microsoft.ML;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>The report on a model fresh from its training, with all parts of its data set.</summary>
internal static class TrainingReport
{
    /// <summary>The suffix of the name of the file, after the name of the model.</summary>
    public const string Extension = ".report.html";

    private const string NoReport = """
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><title>No report</title></head>
        <body><p>There is no report on this model: its training was cancelled, or the report could not be made. The command <code>rf3d report</code> makes one, and so does the next training by the same configuration.</p></body>
        </html>

        """;

    /// <summary>Deletes the report on a model that was replaced by one without a report.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="folder">The folder of the model.</param>
    /// <param name="error">Receives what was done.</param>
    public static void DeleteOld(string name, string folder, TextWriter error)
    {
        var path = Path.Combine(folder, name + Extension);
        if (!File.Exists(path))
            return;
        AtomicFile.TryDelete(path);
        error.WriteLine($"'{path}' was the report on the model that was replaced; it {(File.Exists(path) ? "cannot be" : "is")} deleted.");
    }

    /// <summary>
    /// Puts a page that says that there is no report in the place of the report on a model that was replaced: links to it lead somewhere, and the next training by the same configuration, which replaces what is
    /// there, has a report again.
    /// </summary>
    /// <param name="name">The model's name.</param>
    /// <param name="folder">The folder of the model.</param>
    /// <param name="error">Receives what was done.</param>
    public static void Postpone(string name, string folder, TextWriter error)
    {
        if (TryWriteNone(name, folder))
            error.WriteLine($"'{Path.Combine(folder, name + Extension)}' was the report on the model that was replaced; it now says that there is none. The next training by the same configuration writes one, too.");
        else
            DeleteOld(name, folder, error);
    }

    /// <summary>Writes a page that says that there is no report: links to it lead somewhere, and the next training by the same configuration has a report.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="folder">The folder of the model.</param>
    /// <returns>False when it cannot be written.</returns>
    public static bool TryWriteNone(string name, string folder)
    {
        try
        {
            AtomicFile.Write(Path.Combine(folder, name + Extension), Encoding.UTF8.GetBytes(NoReport));
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <param name="finished">The model and its images, and the candidates beside it.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="folder">Where to write.</param>
    /// <param name="error">Receives the reason why there is no report.</param>
    /// <param name="cancellation">Leaves it out.</param>
    /// <returns>The file's name; null when it could not be made, which is no reason to lose the model.</returns>
    public static string? Write(IFinishedTraining finished, string name, string folder, TextWriter error, CancellationToken cancellation)
    {
        var (trained, data, file) = (finished.Best, finished.Best.Data, name + Extension);
        var request = new ReportRequest
        {
            Title = name,
            Model = ReportedModel.Of(trained.Model),
            Candidates = finished.Candidates,
            Test = data.ForEvaluation,
            TestName = data.Test is null ? ReportRequest.ValidationPart : ReportRequest.TestPart,
            OtherSplits = data.Test is null
                ? [(ReportRequest.TrainingPart, data.Train)]
                : [(ReportRequest.TrainingPart, data.Train), (ReportRequest.ValidationPart, data.Validation)],
            Unused = data.Unused,
            Cancellation = cancellation,
        };
        try
        {
            ReportWriter.Write(request, Path.Combine(folder, file));
            return file;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("There is no report, because the command was cancelled. 'rf3d report' makes one later.");
            return null;
        }
        catch (Exception problem) when (problem is ArgumentException or InvalidOperationException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            error.WriteLine($"There is no report: {problem.Message} 'rf3d report' makes one later.");
            return null;
        }
    }
}
