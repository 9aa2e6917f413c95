using System.Text.RegularExpressions;

namespace Rf3d.MLNet.Tests.Project;

/// <summary>Links between the documents of this repository lead to files and headings that exist.</summary>
[TestClass]
public partial class DocumentLinksTests
{
    [TestMethod]
    public void Links_between_documents_lead_somewhere()
    {
        var documents = Documents().ToDictionary(file => file, File.ReadAllText);
        Assert.IsGreaterThan(10, documents.Count);
        List<string> broken = [];
        foreach (var (file, text) in documents)
        {
            foreach (Match link in Links().Matches(text))
            {
                var (path, heading) = (link.Groups["path"].Value, link.Groups["heading"].Value);
                var target = path.Length == 0 ? file : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, path));
                if (!Path.Exists(target) || (heading.Length > 0 && documents.TryGetValue(target, out var other) && !Headings().Matches(other).Select(match => Anchor(match.Groups[1].Value)).Contains(heading)))
                    broken.Add($"{Path.GetRelativePath(RepositoryRoot.Path, file)}: {link.Value}");
            }
        }

        Assert.IsEmpty(broken, string.Join('\n', broken));
    }

    private static IEnumerable<string> Documents() =>
        new[] { "", "docs", "docs/benchmarks", "benchmarks", "examples" }.SelectMany(folder => Directory.GetFiles(RepositoryRoot.Combine(folder), "*.md"));

    /// <summary>How GitHub names the anchor of a heading.</summary>
    internal static string Anchor(string heading) => NotInAnchors().Replace(heading.Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\((?!https?:)(?<path>[^)#\s]*)(#(?<heading>[^)\s]+))?\)")]
    private static partial Regex Links();

    [GeneratedRegex("^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"[^\p{L}\p{N}\-_ ]")]
    private static partial Regex NotInAnchors();
}
