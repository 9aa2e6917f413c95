using Spectre.Console;

namespace Rf3d.ModelBuilder;

/// <summary>
/// Where a command writes: results to <see cref="Out"/>, data for other programs to <see cref="Data"/>, errors to <see cref="Error"/>. <see cref="Out"/> and <see cref="Error"/> escape characters that
/// a terminal would obey; names on <see cref="Rich"/> go through <see cref="Cell"/>.
/// </summary>
/// <param name="Out">Results, so that they can be piped.</param>
/// <param name="Error">Errors, warnings and progress.</param>
/// <param name="Rich">Tables and colours on <paramref name="Out"/>; without colour codes where that is no terminal or NO_COLOR is set.</param>
/// <param name="IsTerminal">Whether a line on <paramref name="Out"/> may be written over.</param>
internal sealed record CommandConsole(TextWriter Out, TextWriter Error, IAnsiConsole Rich, bool IsTerminal)
{
    /// <summary>Data for other programs, such as CSV: <see cref="Out"/>, but where that is no terminal nothing is escaped, so that names stay those of the files.</summary>
    public required TextWriter Data { get; init; }

    /// <summary>Whether a line on <see cref="Error"/> may be written over.</summary>
    public bool IsErrorTerminal { get; init; }

    /// <summary>Answers to questions; null where there is no one to ask.</summary>
    public TextReader? Answers { get; init; }

    /// <summary>The clock of a time that the user gives a training.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    // Tables are not squeezed into the 80 columns that a file is taken for.
    private const int FileWidth = 160;

    public static CommandConsole System() => Create(
        global::System.Console.Out,
        global::System.Console.Error,
        isTerminal: !global::System.Console.IsOutputRedirected,
        noColor: !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))) with
    {
        IsErrorTerminal = !global::System.Console.IsErrorRedirected,
        Answers = global::System.Console.IsInputRedirected || global::System.Console.IsOutputRedirected ? null : global::System.Console.In,
    };

    /// <summary>A question that is answered by yes or no, to be asked when it comes to it; null where there is no one to ask.</summary>
    /// <param name="question">The question.</param>
    /// <param name="cancellation">Answers it with no, before or while it is asked.</param>
    public Func<bool>? Ask(string question, CancellationToken cancellation) => Answers is not { } answers ? null : () =>
    {
        if (cancellation.IsCancellationRequested)
            return false;
        Out.Write($"{question} [y/N] ");
        Out.Flush();
        try
        {
            // A console cannot be told to stop reading: that thread waits until the process ends.
            return Task.Run(answers.ReadLine, CancellationToken.None).WaitAsync(cancellation).GetAwaiter().GetResult()?.Trim() is "y" or "Y" or "yes" or "Yes";
        }
        catch (OperationCanceledException)
        {
            Out.WriteLine();
            return false;
        }
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
        var printable = new PrintableWriter(output);
        return new(printable, new PrintableWriter(error), rich, isTerminal) { Data = isTerminal ? printable : output };
    }
}
