using System.Text.Json;
using System.Xml.Linq;
using Markdig;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Rf3d.ModelBuilder.Tests.Generation;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Hostile;

/// <summary>Names of folders and files that try to be code, markup, formulas or commands of a terminal: the tool writes and prints them as text alone.</summary>
[TestClass]
[FieldReport(11)]
[OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
public class HostileNamesTests
{
    private const string Marker = "PWNED";

    /// <summary>Characters that C#, JSON lines or a terminal take for more than text. Line feeds are looked at where they matter.</summary>
    private const string Obeyed = "\r\u0085\u2028\u2029\u001b\u009b\u0007\u0008\u202e\u2066";

    private static readonly string[] Classes =
    [
        "a\u2028internal static class PWNED{[System.Runtime.CompilerServices.ModuleInitializer]internal static void R(){System.Environment.Exit(42);}}\u2028#pragma x",
        "b*\u2029#endregion PWNED\u0085#if PWNED {",
        "c\"\"\"; PWNED(); \\\" \\",
        "d\nPWNED\r\nPWNED\r-->]]>",
        "e{{Name}} {PWNED} $\"{PWNED}\"",
        "=PWNED()+cmd|' C calc'!A0",
        "<img src=x onerror=PWNED><script>PWNED",
        "[PWNED](http:x) ![PWNED](x) `PWNED` | PWNED | *PWNED* <http:PWNED>",
        "i\u001b]0;PWNED\u0007\u001b[2J\u009b2J\u202ePWNED\u2066",
    ];

    private static readonly TempFolder Folder = new();
    private static Tool.Result _result = null!;

    private static string Dataset => Folder["data \u2028PWNED\u001b[2J\" \\"];

    private static string Application => Folder["apps", "Names"];

    private static string Model => Path.Combine(Application, "Names.zip");

    [ClassInitialize]
    public static void Make(TestContext context)
    {
        for (var i = 0; i < Classes.Length; i++)
        {
            for (var image = 0; image < 4; image++)
                Images.Write(Path.Combine(Dataset, "train", Classes[i], $"{image}.png"), new SKColor((byte)(25 * i), 100, 200), 16, 16, image);
        }
        Images.Write(Path.Combine(Dataset, "test", Classes[5], "@PWNED\u001b[2J\n\u2028.png"), SKColors.Red);
        Images.WriteCut(Path.Combine(Dataset, "test", Classes[8], "cut\u001b[2J\u202e.png"));
        for (var i = 0; i < 20; i++)
            Images.Write(Path.Combine(Dataset, "test", Classes[8], $"{i}.png"), SKColors.Red, seed: i);
        _result = Tool.Run(
            "image-classification", "--dataset", Dataset, "--name", "Names", "--output", Folder["apps"], "--epoch", "1", "--image-size", "16", "--batch-size", "4", "--device", "cpu",
            "--skip-bad-images").Must(0);
    }

    [ClassCleanup]
    public static void Delete() => Folder.Dispose();

    [TestMethod]
    public void Code_has_them_in_string_literals_alone()
    {
        var files = Files("*.cs");
        Assert.HasCount(12, files);
        var literals = 0;
        foreach (var file in files)
        {
            var text = File.ReadAllText(file);
            AssertNone(Obeyed, text);
            var tree = CSharpSyntaxTree.ParseText(text);
            Assert.IsEmpty(tree.GetDiagnostics(), file);
            foreach (var token in tree.GetRoot().DescendantTokens(descendIntoTrivia: true))
            {
                if (token.IsKind(SyntaxKind.StringLiteralToken))
                    literals += token.ValueText.Contains(Marker, StringComparison.Ordinal) ? 1 : 0;
                else
                    Assert.DoesNotContain(Marker, token.Text, file);
                Assert.DoesNotContain(Marker, token.LeadingTrivia.ToFullString() + token.TrailingTrivia.ToFullString(), file);
            }
        }
        // The folders to train on and to evaluate on.
        Assert.AreEqual(2, literals);
        var folder = CSharpSyntaxTree.ParseText(File.ReadAllText(Path.Combine(Application, "Names.training.cs"))).GetRoot().DescendantNodes()
            .OfType<VariableDeclaratorSyntax>().Single(variable => variable.Identifier.Text == "RetrainFolder");
        Assert.AreEqual(Path.Combine(Dataset, "train"), ((LiteralExpressionSyntax)folder.Initializer!.Value).Token.ValueText);
    }

    [TestMethod]
    public void Projects_have_none_of_them()
    {
        foreach (var file in new[] { "*.csproj", "*.props", "*.targets", "*.slnx" }.SelectMany(Files))
        {
            _ = XDocument.Load(file);
            Assert.DoesNotContain(Marker, File.ReadAllText(file));
        }
    }

    [TestMethod]
    public void The_configuration_is_JSON_that_gives_them_back()
    {
        var text = File.ReadAllText(Path.Combine(Application, "Names.mbconfig"));
        AssertNone(Obeyed, text);
        Assert.AreEqual(Dataset, JsonDocument.Parse(text).RootElement.GetProperty("DataSource").GetProperty("FolderPath").GetString());
    }

    [TestMethod]
    public void The_readme_shows_them_as_text()
    {
        var markdown = File.ReadAllText(Path.Combine(Application, "README.md"));
        AssertNone(Obeyed, markdown);
        var page = XDocument.Parse($"<page>{Markdown.ToHtml(markdown, new MarkdownPipelineBuilder().UseAdvancedExtensions().Build())}</page>");
        foreach (var element in page.Descendants().Where(element => element.Value.Contains(Marker, StringComparison.Ordinal)))
            Assert.IsTrue(element.Name.LocalName is "page" or "p", element.ToString());
        Assert.Contains("<img src=x onerror=PWNED><script>PWNED", page.Root!.Value);
        Assert.Contains("| *PWNED* <http:PWNED>", page.Root.Value);
    }

    [TestMethod]
    public void The_report_shows_them_as_text()
    {
        var page = File.ReadAllText(Path.Combine(Application, "Names.report.html"));
        Assert.DoesNotContain("<img src=x", page);
        Assert.DoesNotContain("<script", page);
        Assert.Contains("&lt;img src=x onerror=PWNED", page);
        AssertNone("\u001b\u009b\u0007\u0008\u202e\u2066", page);
    }

    [TestMethod]
    public void Printed_text_has_no_control_characters_of_a_terminal()
    {
        AssertPrintable(_result);
        Assert.Contains("\\u001b[2J", _result.Error);
        AssertPrintable(Tool.Run("predict", Model, Path.Combine(Dataset, "test")).Must(1));
        AssertPrintable(Tool.Run("predict", Model, Path.Combine(Dataset, "test"), "--format", "json").Must(1));
        AssertPrintable(Tool.Run("evaluate", Model, "--dataset", Dataset, "--skip-bad-images").Must(0));
        AssertPrintable(Tool.Run("evaluate", Model, "--dataset", Dataset, "--skip-bad-images", "--json").Must(0));
        AssertPrintable(Tool.Run("evaluate", Model, "--dataset", Dataset).Must(1));
        AssertPrintable(Tool.Run("report", Model, "--dataset", Dataset, "--skip-bad-images", "--output", Folder["r\u001b[2J.html"]).Must(0));
        AssertPrintable(Tool.Run("export", Model, "--onnx", Folder["n\u001b[2J.onnx"]).Must(0));
        AssertPrintable(Tool.Run("train", "--training-config", Folder["absent\u001b[2J\u2028.mbconfig"]).Must(1));
    }

    [TestMethod]
    public void The_generated_application_prints_them_as_text()
    {
        // Its code is that of the application that is built already but for names and folders, which the test of literals looks at.
        CompiledCode.ConsumptionClass(Application, "Names");
        foreach (var file in Directory.GetFiles(BuiltApplication.Output("ConsoleApp"), "*", SearchOption.AllDirectories))
            File.Copy(file, Folder.New("built", Path.GetRelativePath(BuiltApplication.Output("ConsoleApp"), file)));
        File.Copy(Model, Folder["built", "Colours.zip"], overwrite: true);
        var program = Folder["built", "Colours_ConsoleApp.dll"];
        var result = Tool.Start("dotnet", [program, .. Directory.GetFiles(Path.Combine(Dataset, "test"), "*PWNED*.png", SearchOption.AllDirectories), Folder["absent\u001b[2J.png"]]).Must(1);
        AssertPrintable(result);
        Assert.Contains("@PWNED\\u001b[2J\\u000a\\u2028.png", result.Output);
        Assert.Contains("\\u001b]0;PWNED", result.Output);
    }

    [TestMethod]
    public void Each_prediction_is_one_line_of_the_table()
    {
        var result = Tool.Run("predict", Model, Path.Combine(Dataset, "test")).Must(1);
        Assert.HasCount(21, result.Output.TrimEnd('\n').Split('\n'));
        Assert.Contains("@PWNED\\u001b[2J\\u000a\\u2028.png", result.Output);
    }

    [TestMethod]
    public void Json_gives_them_back()
    {
        var lines = Tool.Run("predict", Model, Path.Combine(Dataset, "test"), "--format", "json").Must(1).Output.TrimEnd('\n').Split('\n');
        var objects = lines.Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.HasCount(21, objects);
        Assert.IsTrue(objects.Any(line => line.GetProperty("file").GetString()!.EndsWith("@PWNED\u001b[2J\n\u2028.png", StringComparison.Ordinal)));
        CollectionAssert.AreEquivalent(Classes, objects[0].GetProperty("scores").EnumerateObject().Select(score => score.Name).ToArray());
        var evaluation = JsonDocument.Parse(Tool.Run("evaluate", Model, "--dataset", Dataset, "--skip-bad-images", "--json").Must(0).Output).RootElement;
        CollectionAssert.AreEquivalent(Classes, evaluation.GetProperty("classes").EnumerateArray().Select(item => item.GetProperty("name").GetString()).ToArray());
    }

    [TestMethod]
    public void Csv_on_a_terminal_is_printable_and_redirected_gives_them_back()
    {
        string[] command = ["predict", Model, Path.Combine(Dataset, "test"), "--format", "csv"];
        using var output = new StringWriter();
        Assert.AreEqual(ExitCode.Failed, RfCommand.Run(command, CommandConsole.Create(output, TextWriter.Null, isTerminal: true, noColor: true), CancellationToken.None));
        AssertNone(Obeyed, output.ToString());
        Assert.Contains("@PWNED\u001b[2J\n\u2028.png\"", Tool.Run(command).Must(1).Output);
    }

    [TestMethod]
    [DataRow("=1+1", "'=1+1")]
    [DataRow("+1", "'+1")]
    [DataRow("-1", "'-1")]
    [DataRow("@SUM(1)", "'@SUM(1)")]
    [DataRow("\t=1", "\"'\t=1\"")]
    [DataRow("=\"a\",1", "\"'=\"\"a\"\",1\"")]
    [DataRow("a;=1", "\"a;=1\"")]
    [DataRow("\n=1", "\"'\n=1\"")]
    [DataRow("a=1", "a=1")]
    public void Csv_has_no_formulas(string name, string field)
    {
        using var output = new StringWriter();
        var writer = PredictionWriter.Create(PredictionFormat.Csv, output, [name, "b"], 3);
        writer.Begin();
        writer.Write(new() { Index = 0, Path = name, Scores = [0.75f, 0.25f], PredictedIndex = 0, PredictedLabel = name });
        Assert.EndsWith($"\n{field},{field},0.75,0.25\n", output.ToString().ReplaceLineEndings("\n"));
    }

    private static string[] Files(string pattern) => Directory.GetFiles(Application, pattern, SearchOption.AllDirectories);

    private static void AssertPrintable(Tool.Result result)
    {
        AssertNone(Obeyed, result.Output.ReplaceLineEndings("\n"));
        AssertNone(Obeyed, result.Error.ReplaceLineEndings("\n"));
    }

    private static void AssertNone(IEnumerable<char> characters, string text)
    {
        var index = text.IndexOfAny([.. characters]);
        Assert.IsLessThan(0, index, index < 0 ? "" : $"{(int)text[index]:x4} in {text.AsSpan(Math.Max(0, index - 80), Math.Min(80, index) + 1)}");
    }
}
