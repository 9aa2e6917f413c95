using System.Globalization;
using Rf3d.MLNet;

/// <summary>
/// Training on the console: one line that fills up on a terminal, one line an epoch where the output goes to a file.
/// </summary>
internal sealed class TrainingProgress : IDisposable
{
    private const int BarWidth = 24;

    private readonly bool _isTerminal = !Console.IsOutputRedirected;
    private int _lineLength;

    public void Report(TrainingMetrics metrics)
    {
        if (!_isTerminal && !metrics.IsEpochEnd)
            return;
        var done = (metrics.Epoch - 1 + ((double)metrics.Batch / metrics.BatchCount)) / metrics.EpochCount;
        var filled = (int)(done * BarWidth);
        var validation = metrics.ValidationAccuracy is { } accuracy
            ? string.Create(CultureInfo.InvariantCulture, $"  validation {accuracy:P1}")
            : "";
        // A pretrained network is run over the images first; nothing is learned meanwhile.
        var learning = metrics.Phase switch
        {
            TrainingPhase.Features => "features",
            TrainingPhase.LastLayer => "last layer",
            _ => string.Create(CultureInfo.InvariantCulture, $"epoch {metrics.Epoch}/{metrics.EpochCount}"),
        };
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"[{new string('#', filled)}{new string('.', BarWidth - filled)}] {learning}  loss {metrics.Loss:0.000}  accuracy {metrics.Accuracy:P1}{validation}  {metrics.ImagesPerSecond:0} images/s  {(int)metrics.Remaining.TotalHours:00}:{metrics.Remaining:mm\\:ss} left");
        if (!_isTerminal)
        {
            Console.WriteLine(line);
            return;
        }
        Console.Write($"\r{line.PadRight(_lineLength)}");
        _lineLength = line.Length;
    }

    /// <summary>Ends the line.</summary>
    public void Dispose()
    {
        if (_isTerminal && _lineLength > 0)
            Console.WriteLine();
        _lineLength = 0;
    }
}
