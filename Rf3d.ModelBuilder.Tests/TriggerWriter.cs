namespace Rf3d.ModelBuilder.Tests;

/// <summary>Does something whenever a line with a text in it is written.</summary>
internal sealed class TriggerWriter(string text, Action action) : StringWriter
{
    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        if (value?.Contains(text, StringComparison.Ordinal) == true)
            action();
    }
}
