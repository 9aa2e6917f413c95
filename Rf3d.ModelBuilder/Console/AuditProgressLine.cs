using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>An audit on the console: a result when images are read, compared and judged.</summary>
/// <param name="output">Where to write.</param>
/// <param name="isTerminal">Whether a line may be written over.</param>
internal sealed class AuditProgressLine(TextWriter output, bool isTerminal) : IDisposable
{
    private readonly ProgressLine _line = new(output, isTerminal);

    public void Report(ImageAuditProgress progress) => _line.Write(
        progress.Phase switch
        {
            ImageAuditPhase.Features => Numbers.Text($"Features of {progress.Split.ToString().ToLowerInvariant()} images: {Numbers.Count(progress.Done)} of {Numbers.Count(progress.Count)}"),
            ImageAuditPhase.Comparison => Numbers.Text($"Images compared: {Numbers.Count(progress.Done)} of {Numbers.Count(progress.Count)}"),
            _ => "Cross-validating the labels",
        },
        isResult: progress.Done == progress.Count);

    public void Dispose() => _line.Dispose();
}
