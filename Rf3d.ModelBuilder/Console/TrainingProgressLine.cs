using System.Globalization;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>Training on the console: one line that fills up on a terminal, one line an epoch where the output goes to a file.</summary>
internal sealed class TrainingProgressLine(TextWriter output, bool isTerminal) : IDisposable
{
    private const int BarWidth = 24;

    private int _lineLength;

    public void Report(TrainingMetrics metrics)
    {
        if (!isTerminal && !metrics.IsEpochEnd)
            return;
        var done = (metrics.Epoch - 1 + ((double)metrics.Batch / metrics.BatchCount)) / metrics.EpochCount;
        var filled = (int)(done * BarWidth);
        var validation = metrics.ValidationAccuracy is { } accuracy ? Numbers.Text($"  validation {accuracy:P1}") : "";
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"[{new string('#', filled)}{new string('.', BarWidth - filled)}] epoch {metrics.Epoch}/{metrics.EpochCount}  loss {metrics.Loss:0.000}  accuracy {metrics.Accuracy:P1}{validation}  {metrics.ImagesPerSecond:0} images/s  {(int)metrics.Remaining.TotalHours:00}:{metrics.Remaining:mm\\:ss} left");
        if (!isTerminal)
        {
            output.WriteLine(line);
            return;
        }
        output.Write($"\r{line.PadRight(_lineLength)}");
        _lineLength = line.Length;
        // What an epoch came to stays to be read.
        if (metrics.IsEpochEnd)
            Dispose();
    }

    /// <summary>Ends the line.</summary>
    public void Dispose()
    {
        if (isTerminal && _lineLength > 0)
            output.WriteLine();
        _lineLength = 0;
    }
}
