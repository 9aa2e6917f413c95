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
}
