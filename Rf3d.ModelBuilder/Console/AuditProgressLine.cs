using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>An audit on the console: one line that is written over on a terminal; elsewhere a line when images are read, compared and judged.</summary>
/// <param name="output">Where to write.</param>
/// <param name="isTerminal">Whether a line may be written over.</param>
internal sealed class AuditProgressLine(TextWriter output, bool isTerminal) : IDisposable
{
    private int _lineLength;

    public void Report(ImageAuditProgress progress)
    {
        var line = progress.Phase switch
        {
            ImageAuditPhase.Features => Numbers.Text($"Features of {progress.Split.ToString().ToLowerInvariant()} images: {Numbers.Count(progress.Done)} of {Numbers.Count(progress.Count)}"),
            ImageAuditPhase.Comparison => Numbers.Text($"Images compared: {Numbers.Count(progress.Done)} of {Numbers.Count(progress.Count)}"),
            _ => "Cross-validating the labels",
        };
        if (isTerminal)
        {
            output.Write($"\r{line.PadRight(_lineLength)}");
            _lineLength = line.Length;
        }
        else if (progress.Done == progress.Count)
        {
            output.WriteLine(line);
        }
    }

    /// <summary>Ends the line.</summary>
    public void Dispose()
    {
        if (_lineLength > 0)
            output.WriteLine();
        _lineLength = 0;
    }
}
