using System.Text.RegularExpressions;

namespace Rf3d.ModelBuilder.Tests.Documents;

/// <summary>A command line that a document shows: in a block of code, where it can be run as it is, or within a sentence, where it may be a part of one.</summary>
/// <param name="Place">File and line.</param>
/// <param name="Text">The command, without prompt, comment, and the other commands of a pipe.</param>
/// <param name="InBlock">Whether it is in a block of code.</param>
internal sealed partial record DocumentCommand(string Place, string Text, bool InBlock)
{
    /// <summary>The words of the command, without quotes.</summary>
    public string[] Words { get; } = [.. WordPattern().Matches(Text).Select(match => match.Value.Replace("\"", "", StringComparison.Ordinal))];

    public override string ToString() => $"{Place}: {Text}";

    /// <summary>The commands of a program in all documents for users.</summary>
    /// <param name="program">Its first word or words, as in "dotnet run".</param>
    public static IEnumerable<DocumentCommand> Of(string program) =>
        Files().SelectMany(Read).Where(command => command.Text == program || command.Text.StartsWith($"{program} ", StringComparison.Ordinal));

    /// <summary>Names of options that sentences mention by themselves, with their place.</summary>
    public static IEnumerable<(string Place, string Option)> Mentions() =>
        Files().SelectMany(file => Lines(file).Where(line => !line.InBlock).SelectMany(line => Mention().Matches(line.Text).Select(match => (line.Place, match.Groups[1].Value))));

    private static IEnumerable<string> Files() =>
    [
        .. new[] { "", "docs", "docs/api", "benchmarks", "examples", "Rf3d.MLNet", "Rf3d.Datasets", "Rf3d.Planning", "Rf3d.ModelBuilder", "Rf3d.Templates", "Rf3d.MLNet/Torchrun/Template" }
            .Select(folder => RepositoryRoot.Combine(folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.md")),
        .. Directory.EnumerateFiles(RepositoryRoot.Combine("docs"), "*.yaml"),
    ];

    private static IEnumerable<DocumentCommand> Read(string file)
    {
        foreach (var (place, text, inBlock) in Lines(file))
        {
            var commands = inBlock ? [text] : InlineCode().Matches(text).Select(match => match.Groups[1].Value);
            foreach (var command in commands.SelectMany(line => Connections().Split(Comment().Replace(line, ""))))
                yield return new(place, Prompt().Replace(command, "").Trim(), inBlock);
        }
    }

    private static IEnumerable<(string Place, string Text, bool InBlock)> Lines(string file)
    {
        var (fenced, number) = (false, 0);
        var manifest = Path.GetExtension(file) == ".yaml";
        foreach (var line in File.ReadLines(file))
        {
            number++;
            if (line.StartsWith("```", StringComparison.Ordinal))
                fenced = !fenced;
            else
                yield return ($"{Path.GetRelativePath(RepositoryRoot.Path, file)}:{number}", line, fenced || manifest || line.StartsWith("    ", StringComparison.Ordinal));
        }
    }

    [GeneratedRegex("(\"[^\"]*\"|[^\\s\"])+")]
    private static partial Regex WordPattern();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex InlineCode();

    [GeneratedRegex("`(--[a-z][a-z0-9-]*)[^`]*`")]
    private static partial Regex Mention();

    [GeneratedRegex(@"\s#.*$|^#.*$|\s{2,}then: .*$")]
    private static partial Regex Comment();

    /// <summary>Pipes and redirections; an arrow within a word is none.</summary>
    [GeneratedRegex(@"\s[|>]\s|\s&&\s|;\s")]
    private static partial Regex Connections();

    [GeneratedRegex(@"^\s*\$ ")]
    private static partial Regex Prompt();
}
