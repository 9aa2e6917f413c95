using System.Text;

namespace Rf3d.ModelBuilder;

/// <summary>Hands text on with everything escaped that a terminal would obey.</summary>
internal sealed class PrintableWriter(TextWriter output) : TextWriter
{
    public override Encoding Encoding => output.Encoding;

    public override void Write(char value) => Write([value]);

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    /// <summary>A carriage return at the beginning is a line of progress that is written over the one before.</summary>
    public override void Write(ReadOnlySpan<char> buffer)
    {
        if (buffer is ['\r', .. var line])
        {
            output.Write('\r');
            buffer = line;
        }
        if (Printable.IsText(buffer))
            output.Write(buffer);
        else
            output.Write(Printable.Text(buffer.ToString()));
    }

    public override void WriteLine(string? value) => output.WriteLine(Printable.Text(value ?? ""));

    public override void Flush() => output.Flush();
}
