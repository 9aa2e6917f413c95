using System.CommandLine;
using System.CommandLine.Help;
using System.Text.Json;

namespace Rf3d.ModelBuilder.Tests.Documents;

/// <summary>Commands in the documents exist, with the options that they are shown with.</summary>
[TestClass]
public class DocumentCommandsTests
{
    private static readonly RootCommand Rf3d = RfCommand.Create(CommandConsole.Create(TextWriter.Null, TextWriter.Null, isTerminal: false, noColor: true), CancellationToken.None);

    // Of dotnet, docfx and torchrun.
    private static readonly string[] OptionsOfOthers = ["--source", "--urls", "--serve", "--max-restarts", "--redirects", "--nproc_per_node", "--help"];

    private static readonly string[] Folders = ["benchmarks", "examples", "fuzz", "mutations"];

    [TestMethod]
    public void Commands_in_blocks_of_code_can_be_run_as_they_are()
    {
        // With variables of a shell it is no command line yet; its options are checked below.
        var commands = DocumentCommand.Of("rf3d").Where(command => command.InBlock && !command.Text.Contains('$')).ToList();
        Assert.IsGreaterThan(20, commands.Count);
        AssertNone(commands.SelectMany(command => Rf3d.Parse(command.Words[1..]).Errors.Select(error => $"{command}: {error.Message}")));
    }

    [TestMethod]
    public void Commands_within_sentences_have_options_that_exist()
    {
        var commands = DocumentCommand.Of("rf3d").Where(command => !command.InBlock || command.Text.Contains('$')).ToList();
        Assert.IsGreaterThan(20, commands.Count);
        AssertNone(commands.SelectMany(Unknown));

        static IEnumerable<string> Unknown(DocumentCommand command)
        {
            if (command.Words is [_, var name, ..] && char.IsAsciiLetter(name[0]) && Rf3d.Subcommands.All(each => each.Name != name))
                return [$"{command}: no such command"];
            var scope = command.Words.Length > 1 ? Rf3d.Subcommands.Where(each => each.Name == command.Words[1]).DefaultIfEmpty<Command>(Rf3d) : [Rf3d];
            return command.Words.Where(word => word.StartsWith("--", StringComparison.Ordinal)).Except(scope.SelectMany(NamesOf)).Select(option => $"{command}: no option {option}");
        }
    }

    [TestMethod]
    public void Options_that_sentences_mention_exist_in_a_program_of_this_repository()
    {
        using var template = JsonDocument.Parse(File.ReadAllText(RepositoryRoot.Combine("Rf3d.Templates", "content", "Rf3dClassifier", ".template.config", "template.json")));
        var symbols = template.RootElement.GetProperty("symbols").EnumerateObject().Select(symbol => $"--{symbol.Name}");
        var known = Rf3d.Subcommands.SelectMany(NamesOf).Concat(OptionsOfOthers).Concat(symbols).ToHashSet();
        var sources = string.Concat(new[] { "benchmarks", "examples", "mutations", "fuzz", "Rf3d.MLNet/Torchrun/Template", "Rf3d.ModelBuilder/Generation/Templates" }.Select(Sources));
        AssertNone(DocumentCommand.Mentions().Where(mention => !known.Contains(mention.Option) && !sources.Contains($"\"{mention.Option}\"", StringComparison.Ordinal)).Select(mention => $"{mention.Place}: no option {mention.Option}"));
    }

    [TestMethod]
    public void Examples_in_the_help_can_be_run_as_they_are()
    {
        foreach (var command in Rf3d.Subcommands.Select(each => each.Name).Prepend(""))
        {
            var examples = Examples(command);
            Assert.IsNotEmpty(examples);
            AssertNone(examples.SelectMany(example => Rf3d.Parse(example.Words[1..]).Errors.Select(error => $"{example}: {error.Message}")));
        }
    }

    [TestMethod]
    public void Applications_have_other_names_than_their_data_sets_also_where_case_does_not_count()
    {
        var commands = DocumentCommand.Of("rf3d").Where(command => command.InBlock).Concat(Rf3d.Subcommands.Select(each => each.Name).Prepend("").SelectMany(Examples))
            .Where(command => command.Words is [_, "image-classification", ..]).ToList();
        Assert.IsGreaterThan(5, commands.Count);
        AssertNone(commands.Where(command => Value(command, "--name") is { } name && name.Equals(Path.GetFileName(Value(command, "--dataset")), StringComparison.OrdinalIgnoreCase)).Select(command => command.ToString()));

        static string? Value(DocumentCommand command, string option) => Array.IndexOf(command.Words, option) is >= 0 and var index ? command.Words[index + 1] : null;
    }

    [TestMethod]
    public void Projects_that_are_run_exist_and_have_the_options_that_they_are_run_with()
    {
        // Others are projects that a user generates.
        var commands = DocumentCommand.Of("dotnet run").Where(command => Array.Exists(command.Words, word => Folders.Contains(word.Split('/')[0]))).ToList();
        Assert.IsGreaterThan(20, commands.Count);
        List<string> unknown = [];
        foreach (var command in commands)
        {
            var words = command.Words;
            var project = RepositoryRoot.Combine(words[Array.IndexOf(words, "--project") + 1]);
            if (!Directory.Exists(project))
                unknown.Add($"{command}: no such project");
            else if (Array.IndexOf(words, "--") is > 0 and var separator)
                unknown.AddRange(words[(separator + 1)..].Where(word => word.StartsWith("--", StringComparison.Ordinal) && !Sources(project).Contains($"\"{word}\"", StringComparison.Ordinal)).Select(option => $"{command}: no option {option}"));
        }

        AssertNone(unknown);
    }

    /// <summary>The examples in the help of a command, without their explanation, which follows them apart.</summary>
    private static List<DocumentCommand> Examples(string command)
    {
        var help = Tool.Run([.. new[] { command }.Where(name => name.Length > 0), "--help"]).Must(0).Output;
        var lines = help[help.IndexOf("Examples:", StringComparison.Ordinal)..].Split('\n').Where(line => line.Contains("rf3d ", StringComparison.Ordinal));
        return [.. lines.Select(line => new DocumentCommand("help", line[line.IndexOf("rf3d ", StringComparison.Ordinal)..].Split("   ")[0].Split(" > ")[0], InBlock: true))];
    }

    private static void AssertNone(IEnumerable<string> errors) => Assert.AreEqual("", string.Join('\n', errors));

    private static IEnumerable<string> NamesOf(Command command) => command.Options.SelectMany(option => option.Aliases.Prepend(option.Name)).Concat(command.Options.OfType<HelpOption>().SelectMany(help => help.Aliases)).Append("--help");

    /// <summary>The sources of a folder, without build outputs.</summary>
    private static string Sources(string folder) => !Directory.Exists(RepositoryRoot.Combine(folder)) ? "" : string.Concat(
        Directory.EnumerateFiles(RepositoryRoot.Combine(folder), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".cs" or ".py" or ".template" or ".json" or ".sh" && !Path.GetRelativePath(RepositoryRoot.Path, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .Select(File.ReadAllText));
}
