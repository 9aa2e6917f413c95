using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>A calibration on the console: one line that is written over on a terminal; elsewhere one line at the end.</summary>
/// <param name="output">Where to write.</param>
/// <param name="isTerminal">Whether a line may be written over.</param>
internal sealed class CalibrationProgressLine(TextWriter output, bool isTerminal) : IDisposable
{
    private bool _isLineOpen;

    public void Report(CalibrationProgress progress)
    {
        var line = $"Calibration: {Numbers.Count(progress.Done)} of {Numbers.Count(progress.Count)} images";
        if (isTerminal)
            output.Write($"\r{line}");
        else if (progress.Done == progress.Count)
            output.WriteLine(line);
        _isLineOpen = isTerminal;
    }

    /// <summary>Ends the line.</summary>
    public void Dispose()
    {
        if (_isLineOpen)
            output.WriteLine();
        _isLineOpen = false;
    }
}
