namespace Rf3d.ModelBuilder;

/// <summary>Progress on the console: one line that is written over on a terminal; elsewhere the results only, a line each.</summary>
/// <param name="output">Where to write.</param>
/// <param name="isTerminal">Whether a line may be written over.</param>
internal sealed class ProgressLine(TextWriter output, bool isTerminal) : IDisposable
{
    private int _length;

    /// <param name="text">The line.</param>
    /// <param name="isResult">Whether it is written where lines are not written over.</param>
    public void Write(string text, bool isResult)
    {
        if (isTerminal)
        {
            output.Write($"\r{text.PadRight(_length)}");
            _length = text.Length;
        }
        else if (isResult)
        {
            output.WriteLine(text);
        }
    }

    /// <summary>Ends the line, which remains on the screen.</summary>
    public void End()
    {
        if (_length > 0)
            output.WriteLine();
        _length = 0;
    }

    public void Dispose() => End();
}
