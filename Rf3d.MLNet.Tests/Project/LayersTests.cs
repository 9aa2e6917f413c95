using System.Text.RegularExpressions;

namespace Rf3d.MLNet.Tests.Project;

/// <summary>
/// Arrows between the folders of Rf3d.MLNet go down only. Types are known by the file that declares them, and looked for by name in the
/// files of lower layers.
/// </summary>
[TestClass]
public partial class LayersTests
{
    private static readonly string Library = RepositoryRoot.Combine("Rf3d.MLNet");

    // A layer may use itself and those before it; Training and Onnx stand side by side.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Files"] = [],
        ["Architectures"] = [],
        ["ReceptiveFields"] = ["Architectures"],
        ["Optimization"] = ["Architectures", "ReceptiveFields"],
        ["Training"] = ["Architectures", "Files"],
        ["Onnx"] = ["Architectures"],
        // On top of the trainer, which is the root's.
        ["Experiments"] = ["", "Files", "Architectures", "ReceptiveFields", "Optimization", "Training", "Onnx"],
    };

    // Names of types that are words for something else elsewhere: colours have a saturation, too.
    private static readonly string[] Homonyms = ["Saturation"];

    [TestMethod]
    public void Every_folder_has_its_place() => CollectionAssert.AreEquivalent(
        Allowed.Keys.ToList(),
        Directory.GetDirectories(Library).Select(Path.GetFileName).Except(["bin", "obj"]).ToList());

    [TestMethod]
    [DataRow("Files")]
    [DataRow("Architectures")]
    [DataRow("ReceptiveFields")]
    [DataRow("Optimization")]
    public void Descriptions_and_policy_know_neither_TorchSharp_nor_MLNet(string layer) => AssertNoMention(layer, ["TorchSharp", "Microsoft.ML"]);

    [TestMethod]
    [DataRow("Training", "Microsoft.ML")]
    [DataRow("Onnx", "Microsoft.ML")]
    [DataRow("Onnx", "TorchSharp")]
    public void Training_knows_no_MLNet_and_Onnx_neither(string layer, string forbidden) => AssertNoMention(layer, [forbidden]);

    [TestMethod]
    public void Arrows_go_down_only()
    {
        var declared = Allowed.Keys.Append("").ToDictionary(layer => layer, layer => Files(layer).SelectMany(Declared).ToHashSet());
        foreach (var (layer, below) in Allowed)
        {
            var forbidden = declared.Where(other => other.Key != layer && !below.Contains(other.Key)).SelectMany(other => other.Value).ToHashSet();
            forbidden.ExceptWith(below.Append(layer).SelectMany(name => declared[name]));
            forbidden.ExceptWith(Homonyms);
            foreach (var file in Files(layer))
            {
                var used = Words().Matches(Code(file)).Select(match => match.Value).Where(forbidden.Contains).Distinct().ToList();
                Assert.IsEmpty(used, $"{Path.GetRelativePath(Library, file)} uses {string.Join(", ", used)} of a layer that it must not know.");
            }
        }
    }

    [TestMethod]
    public void The_trainer_knows_no_experiments()
    {
        var experiments = Files("Experiments").SelectMany(Declared).ToHashSet();
        foreach (var file in Files(""))
            Assert.DoesNotContain(word => experiments.Contains(word), Words().Matches(Code(file)).Select(match => match.Value), Path.GetFileName(file));
    }

    [TestMethod]
    [DataRow("CandidateRanking.cs")]
    [DataRow("HalvingSchedule.cs")]
    public void Policy_of_experiments_knows_neither_TorchSharp_nor_MLNet(string file) =>
        AssertNoMention([Path.Combine(Library, "Experiments", file)], ["TorchSharp", "Microsoft.ML"]);

    private static void AssertNoMention(string layer, string[] names) => AssertNoMention(Files(layer), names);

    private static void AssertNoMention(string[] files, string[] names)
    {
        foreach (var file in files)
        {
            foreach (var name in names)
                Assert.IsFalse(Regex.IsMatch(Code(file), $@"\b{Regex.Escape(name)}\b(?!\.OnnxRuntime)"), $"{Path.GetRelativePath(Library, file)} mentions {name}.");
        }
    }

    private static string[] Files(string layer) => layer.Length == 0
        ? Directory.GetFiles(Library, "*.cs")
        : Directory.GetFiles(Path.Combine(Library, layer), "*.cs", SearchOption.AllDirectories);

    /// <summary>Types of a file that stand for themselves; nested ones are indented.</summary>
    private static IEnumerable<string> Declared(string file) => Declarations().Matches(Code(file)).Select(match => match.Groups[1].Value);

    /// <summary>The file without comments and texts, in which any word may stand.</summary>
    private static string Code(string file) => CommentsAndTexts().Replace(File.ReadAllText(file), "\"\"");

    [GeneratedRegex(@"^(?:\w+ )*(?:class|record|struct|interface|enum) ([A-Z]\w+)", RegexOptions.Multiline)]
    private static partial Regex Declarations();

    [GeneratedRegex(@"\b[A-Z]\w+\b")]
    private static partial Regex Words();

    [GeneratedRegex(@"//[^\n]*|""(?:[^""\\\n]|\\.)*""")]
    private static partial Regex CommentsAndTexts();
}
