namespace Rf3d.MLNet.Tests.Project;

/// <summary>
/// No code decides by the words of a message: they are for users and change, in the next version or with the system's language. The data that code needs is in the type of
/// an exception or in its properties. The messages of other libraries, where nothing else tells their errors apart, are matched in one file.
/// </summary>
[TestClass]
public class MessagesTests
{
    private static readonly string[] Projects = ["Rf3d.Planning", "Rf3d.MLNet", "Rf3d.Datasets", "Rf3d.ModelBuilder", "benchmarks"];

    private static readonly string ForeignMessages = Path.Combine("Rf3d.MLNet", "Interop", "ForeignMessages.cs");

    [TestMethod]
    public void Messages_are_matched_in_one_file_alone()
    {
        var files = Projects.SelectMany(project => Directory.GetFiles(RepositoryRoot.Combine(project), "*.cs", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(RepositoryRoot.Combine(), path))
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(folder => folder is "bin" or "obj"))
            .ToList();
        Assert.IsGreaterThan(300, files.Count);
        var found = files.Where(path => path != ForeignMessages)
            .SelectMany(path => MessageReadings.Of(File.ReadAllText(RepositoryRoot.Combine(path))).Select(reading => $"{path}:{reading.Line}: {reading.Code}"))
            .ToList();
        Assert.IsEmpty(found, $"Catch a type or read a property instead; a message of another library belongs into {ForeignMessages}, with a test that provokes it:\n{string.Join('\n', found)}");
        Assert.IsNotEmpty(MessageReadings.Of(File.ReadAllText(RepositoryRoot.Combine(ForeignMessages))).ToList());
    }

    [TestMethod]
    [DataRow("if (error.Message.Contains(\"loss\")) { }")]
    [DataRow("if (error.Message.StartsWith(\"The loss\", StringComparison.Ordinal)) { }")]
    [DataRow("if (error.InnerException!.Message.Trim().EndsWith('.')) { }")]
    [DataRow("if (error?.Message.IndexOf('x') > 0) { }")]
    [DataRow("if (error.Message == \"loss\") { }")]
    [DataRow("if (\"loss\" != log.RawMessage) { }")]
    [DataRow("if (string.Equals(error.Message, \"loss\")) { }")]
    [DataRow("if (\"loss\".Equals(error.Message)) { }")]
    [DataRow("if (error.Message is \"loss\" or \"gain\") { }")]
    [DataRow("if (error is ArgumentException { Message: \"loss\" }) { }")]
    [DataRow("if (error is ArgumentException { Message: var text } && text.Contains('x')) { }")]
    [DataRow("switch (error.Message) { case \"loss\": break; }")]
    [DataRow("var kind = error.Message switch { \"loss\" => 1, _ => 2 };")]
    [DataRow("if (Regex.IsMatch(error.Message, \"loss\")) { }")]
    [DataRow("if (Pattern().Match(error.Message).Success) { }")]
    [DataRow("var text = error.Message.Replace(\"(Parameter 'x')\", \"\");")]
    [DataRow("var first = error.Message.Split('\\n')[0];")]
    [DataRow("if (error.ToString().Contains(\"loss\")) { }")]
    [DataRow("var text = error.Message; if (text.Contains(\"loss\")) { }")]
    [DataRow("var text = error.Message.ToLowerInvariant(); var two = $\"{text}!\"; if (two == \"loss!\") { }")]
    [DataRow("if (errors.Select(each => each.Message).Contains(\"loss\")) { }")]
    [DataRow("try { } catch (IOException caught) when (caught.Message.Contains(\"loss\")) { }")]
    [DataRow("try { } catch (IOException caught) when (caught.ToString().Contains(\"loss\")) { }")]
    [DataRow("Call(() => error.Message.Contains(\"loss\"));")]
    public void Code_that_reads_a_message_is_found(string statement) => Assert.AreEqual(1, MessageReadings.Of(Source(statement)).Count(), statement);

    [TestMethod]
    [DataRow("throw new IOException($\"It failed: {error.Message.TrimEnd('.')}.\", error);")]
    [DataRow("Console.WriteLine(error.Message);")]
    [DataRow("if (error.Message is null || error.Message == null) { }")]
    [DataRow("if (error is IOException { HResult: 5 } && path.Contains('x')) { Log(error.Message); }")]
    [DataRow("if (seen.Add(log.RawMessage)) { }")]
    [DataRow("var text = path.Replace('a', 'b') + error.Message;")]
    [DataRow("if (number.ToString().Contains('1')) { }")]
    [DataRow("var kind = error switch { IOException => error.Message, _ => \"\" };")]
    public void Code_that_only_passes_a_message_on_is_not_found(string statement) => Assert.IsEmpty(MessageReadings.Of(Source(statement)).ToList(), statement);

    [TestMethod]
    public void The_place_is_named()
    {
        var (line, code) = MessageReadings.Of("class C\n{\n    bool M(Exception e) =>\n        e.Message.Contains(\"x\");\n}").Single();
        Assert.AreEqual((4, "e.Message.Contains(\"x\")"), (line, code));
    }

    private static string Source(string statement) =>
        $"class C {{ void M(Exception error, Exception[] errors, LoggingEventArgs log, string path, int number, HashSet<string> seen) {{ {statement} }} }}";
}
