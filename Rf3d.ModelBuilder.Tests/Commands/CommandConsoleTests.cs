using Spectre.Console;

namespace Rf3d.ModelBuilder.Tests.Commands;

[TestClass]
public class CommandConsoleTests
{
    [TestMethod]
    [DataRow(false, false)]
    [DataRow(false, true)]
    [DataRow(true, true)]
    public void No_colour_codes_go_to_a_file_or_against_NO_COLOR(bool isTerminal, bool noColor)
    {
        using var output = new StringWriter();
        CommandConsole.Create(output, TextWriter.Null, isTerminal, noColor).Rich.MarkupLine("[red]text[/]");
        Assert.AreEqual("text", output.ToString().Trim());
    }

    [TestMethod]
    [DataRow("y\n", true)]
    [DataRow(" Yes ", true)]
    [DataRow("n", false)]
    [DataRow("\n", false)]
    [DataRow("", false)]
    public void A_question_is_answered_with_no_unless_the_answer_is_yes(string answer, bool isYes)
    {
        using var output = new StringWriter();
        var console = CommandConsole.Create(output, TextWriter.Null, isTerminal: false, noColor: true) with { Answers = new StringReader(answer) };
        Assert.AreEqual(isYes, console.Ask("Replace the model?", CancellationToken.None)!());
        Assert.AreEqual("Replace the model? [y/N] ", output.ToString());
    }

    [TestMethod]
    public void A_cancellation_answers_a_question_with_no()
    {
        using var end = new CancellationTokenSource();
        using var release = new ManualResetEventSlim();
        using var output = new StringWriter();
        var console = CommandConsole.Create(output, TextWriter.Null, isTerminal: false, noColor: true) with { Answers = new WaitingReader(end, release) };
        Assert.IsFalse(console.Ask("Replace the model?", end.Token)!());
        release.Set();
        // It is not asked any more.
        Assert.IsFalse(console.Ask("Replace another one?", end.Token)!());
        Assert.DoesNotContain("another", output.ToString());
    }

    [TestMethod]
    public void A_library_that_does_not_load_ends_a_command_with_one_line()
    {
        using var output = new TriggerWriter("", () => throw new DllNotFoundException("ONNX Runtime does not load.", new TypeInitializationException("NativeMethods", null)));
        using var error = new StringWriter();
        var console = CommandConsole.Create(output, error, isTerminal: false, noColor: true);
        Assert.AreEqual(ExitCode.Failed, RfCommand.Run(["plan", "--architecture", "mobilenet"], console, CancellationToken.None));
        Assert.AreEqual("ONNX Runtime does not load. 'rf3d doctor' lists what this machine lacks.", error.ToString().Trim());
    }

    [TestMethod]
    [DataRow("apps/Flowers_1", false, "apps/Flowers_1")]
    [DataRow("my apps", false, "'my apps'")]
    [DataRow("it's $1", false, "'it'\\''s $1'")]
    [DataRow("a\\b", false, "'a\\b'")]
    [DataRow("", false, "''")]
    [DataRow("a,b=c@d", false, "a,b=c@d")]
    [DataRow("@apps", false, "./@apps")]
    [DataRow("a,b", true, "\"a,b\"")]
    [DataRow("@apps", true, "\"./@apps\"")]
    [DataRow("C:\\apps", true, "C:\\apps")]
    [DataRow("my apps", true, "\"my apps\"")]
    [DataRow("C:\\my apps\\", true, "\"C:\\my apps\\\\\"")]
    public void A_path_in_a_command_is_one_word(string path, bool isWindows, string word) => Assert.AreEqual(word, ShellWord.Of(path, isWindows));

    [TestMethod]
    public void The_next_steps_name_a_folder_with_spaces_as_one_word()
    {
        using var output = new StringWriter();
        OnnxApplication.WriteNextSteps(output, Path.Combine("my apps", "Colours"), "Colours");
        Assert.Contains($"dotnet run --project {ShellWord.Of(Path.Combine("my apps", "Colours", "Colours_ConsoleApp"))} -- IMAGE", output.ToString());
    }

    [TestMethod]
    [DataRow("a\r\nb", "a\nb")]
    [DataRow("a\rb", "a\\u000db")]
    [DataRow("a\r\r\nb", "a\\u000d\nb")]
    public void The_line_ends_of_Windows_are_line_ends_and_other_carriage_returns_are_escaped(string text, string printed) => Assert.AreEqual(printed, Printable.Text(text));

    /// <summary>Reads from a user who cancels in place of an answer.</summary>
    private sealed class WaitingReader(CancellationTokenSource end, ManualResetEventSlim release) : TextReader
    {
        public override string? ReadLine()
        {
            end.Cancel();
            release.Wait();
            return "y";
        }
    }
}
