using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>Training on the console: one line that fills up on a terminal, one line an epoch where the output goes to a file.</summary>
/// <param name="output">Where to write.</param>
/// <param name="isTerminal">Whether a line may be written over.</param>
/// <param name="width">Columns of the terminal: a line that takes two rows cannot be written over.</param>
internal sealed class TrainingProgressLine(TextWriter output, bool isTerminal, int width) : IDisposable
{
    private const int BarWidth = 24;
    private const int ShortestBar = 4;

    private readonly ProgressLine _line = new(output, isTerminal);

    public void Report(TrainingMetrics metrics)
    {
        if (!isTerminal && !IsEnd(metrics))
            return;
        var done = (metrics.Epoch - 1 + ((double)metrics.Batch / metrics.BatchCount)) / metrics.EpochCount;
        var figures = Figures(metrics);
        // The result of an epoch is written once, and may take two rows.
        var bar = isTerminal && !metrics.IsEpochEnd ? Math.Clamp(width - figures.Length - "[] ".Length - 1, ShortestBar, BarWidth) : BarWidth;
        var filled = (int)(done * bar);
        var line = $"[{new string('#', filled)}{new string('.', bar - filled)}] {figures}";
        if (isTerminal && !metrics.IsEpochEnd && line.Length >= width)
            line = line[..Math.Max(1, width - 1)];
        _line.Write(line, isResult: true);
        // The result of an epoch remains on the screen.
        if (metrics.IsEpochEnd)
            _line.End();
    }

    public void Dispose() => _line.Dispose();

    /// <summary>Of an epoch, or of the pass over the images before a last layer is learned.</summary>
    private static bool IsEnd(TrainingMetrics metrics) => metrics.IsEpochEnd || (metrics.Phase is TrainingPhase.Features && metrics.Batch == metrics.BatchCount);

    private static string Figures(TrainingMetrics metrics)
    {
        var validation = metrics.ValidationAccuracy is { } accuracy ? Numbers.Text($"  validation {accuracy:P1}") : "";
        var learned = Numbers.Text($"loss {metrics.Loss:0.000}  accuracy {metrics.Accuracy:P1}{validation}");
        var time = Numbers.Text($"{metrics.ImagesPerSecond:0} images/s  {(int)metrics.Remaining.TotalHours:00}:{metrics.Remaining:mm\\:ss} left");
        return metrics.Phase switch
        {
            TrainingPhase.Features => $"features  {time}",
            TrainingPhase.LastLayer => $"last layer  {learned}",
            _ => Numbers.Text($"epoch {metrics.Epoch}/{metrics.EpochCount}  {learned}  {time}"),
        };
    }
}
