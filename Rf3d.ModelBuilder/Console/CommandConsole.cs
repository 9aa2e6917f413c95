using Spectre.Console;

namespace Rf3d.ModelBuilder;

/// <summary>
/// Where a command writes: results to <see cref="Out"/>, errors to <see cref="Error"/>. Both escape characters that a terminal would obey; names on <see cref="Rich"/> go
/// through <see cref="Cell"/>.
/// </summary>
/// <param name="Out">Results, so that they can be piped.</param>
/// <param name="Error">Errors, warnings and progress.</param>
/// <param name="Rich">Tables and colours on <paramref name="Out"/>; without colour codes where that is no terminal or NO_COLOR is set.</param>
/// <param name="IsTerminal">Whether a line on <paramref name="Out"/> may be written over.</param>
internal sealed record CommandConsole(TextWriter Out, TextWriter Error, IAnsiConsole Rich, bool IsTerminal)
{
    /// <summary>Answers to questions; null where there is no one to ask.</summary>
    public TextReader? Answers { get; init; }

    // Tables are not squeezed into the 80 columns that a file is taken for.
    private const int FileWidth = 160;

    public static CommandConsole System() => Create(
        global::System.Console.Out,
        global::System.Console.Error,
        isTerminal: !global::System.Console.IsOutputRedirected,
        noColor: !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))) with
    {
        Answers = global::System.Console.IsInputRedirected || global::System.Console.IsOutputRedirected ? null : global::System.Console.In,
    };

    /// <summary>A question that is answered by yes or no, to be asked when it comes to it; null where there is no one to ask.</summary>
    public Func<bool>? Ask(string question) => Answers is not { } answers ? null : () =>
    {
        Out.Write($"{question} [y/N] ");
        Out.Flush();
        return answers.ReadLine()?.Trim() is "y" or "Y" or "yes" or "Yes";
    };

    /// <summary>A name, as a cell or a line of <see cref="Rich"/> can have it.</summary>
    public static string Cell(string text) => Markup.Escape(Printable.Line(text));

    public static CommandConsole Create(TextWriter output, TextWriter error, bool isTerminal, bool noColor)
    {
        var rich = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = isTerminal && !noColor ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal && !noColor ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        if (!isTerminal)
            rich.Profile.Width = FileWidth;
        return new(new PrintableWriter(output), new PrintableWriter(error), rich, isTerminal);
    }
}
