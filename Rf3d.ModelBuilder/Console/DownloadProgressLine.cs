namespace Rf3d.ModelBuilder;

/// <summary>A download on the console: one line that is written over on a terminal; elsewhere a line for every 10 MB.</summary>
/// <param name="output">Where to write.</param>
/// <param name="isTerminal">Whether a line may be written over.</param>
internal sealed class DownloadProgressLine(TextWriter output, bool isTerminal) : IProgress<long>, IDisposable
{
    private const long TerminalStep = 1_000_000;
    private const long FileStep = 10_000_000;

    private readonly ProgressLine _line = new(output, isTerminal);
    private long _reported;

    public void Report(long value)
    {
        // The next file begins at 0.
        if (value < _reported)
            _reported = 0;
        if (value - _reported < (isTerminal ? TerminalStep : FileStep))
            return;
        _reported = value;
        _line.Write($"{Numbers.Megabytes(value)} received", isResult: true);
    }

    public void Dispose() => _line.Dispose();
}
