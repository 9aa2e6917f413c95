using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Rf3d.MLNet.Tests.Project;

/// <summary>
/// Arrows between the folders of Rf3d.Planning and of Rf3d.MLNet go down only. Types are known by the file that declares them, and looked for by name in the
/// files of lower layers.
/// </summary>
[TestClass]
public partial class LayersTests
{
    // From bottom to top. A folder may use itself and the folders that its line names, which come before it.
    private static readonly Dictionary<string, string[]> Planning = new()
    {
        ["Networks"] = [],
        ["Weights"] = ["Networks"],
        ["Architectures"] = ["Networks"],
        ["Import"] = ["Networks", "Architectures"],
        ["ReceptiveFields"] = ["Networks"],
        ["Optimization"] = ["Networks", "ReceptiveFields"],
    };

    // All of these may use Rf3d.Planning. Training and Onnx stand side by side.
    private static readonly Dictionary<string, string[]> Library = new()
    {
        ["Files"] = [],
        ["Interop"] = [],
        ["Recipe"] = [],
        ["Torch/Native"] = [],
        ["Torch"] = ["Files", "Interop", "Recipe", "Torch/Native"],
        ["Images"] = ["Files", "Torch/Native", "Torch"],
        ["Training"] = ["Files", "Recipe", "Torch/Native", "Torch", "Images"],
        ["Onnx"] = [],
        ["Pretrained"] = ["Files", "Onnx"],
        ["Adaptation"] = ["Recipe", "Torch/Native", "Torch", "Images", "Training"],
        ["Data"] = ["Interop", "Recipe", "Torch/Native", "Torch", "Images"],
        ["Scoring"] = ["Files", "Interop", "Recipe", "Torch/Native", "Torch", "Training", "Onnx", "Data"],
        ["Serving"] = ["Scoring"],
        ["Options"] = ["Recipe", "Torch", "Training", "Data"],
        ["Estimator"] = ["Files", "Interop", "Recipe", "Torch/Native", "Torch", "Images", "Training", "Onnx", "Pretrained", "Adaptation", "Data", "Scoring", "Options"],
        ["Audit"] = ["Interop", "Recipe", "Torch/Native", "Torch", "Images", "Training", "Pretrained", "Adaptation", "Data", "Options", "Estimator"],
        ["Torchrun"] = ["Files", "Interop", "Recipe", "Torch/Native", "Torch", "Training", "Onnx", "Pretrained", "Data", "Scoring", "Options", "Estimator"],
        ["Experiments"] = ["Files", "Interop", "Recipe", "Torch/Native", "Torch", "Training", "Onnx", "Data", "Scoring", "Options", "Estimator"],
    };

    // Parts of the folder that they are in: each may use all of it.
    private static readonly string[] Parts =
    [
        "Training/Augmentation", "Training/Optimizers", "Training/Checkpoints", "Training/Threads", "Training/Calibration", "Training/Memory", "Scoring/Devices", "Scoring/Quantization", "Scoring/Confidence", "Onnx/Quantization",
        "Experiments/Ranking", "Experiments/Trials",
    ];

    // Names of types that are names of something else, too: of timm's weights, of a member of the plan's JSON, of a precision, of a member of ML.NET's mappers.
    private static readonly string[] Homonyms = ["MobileNet", "Architecture", "TensorFloat32", "OutputSchema"];

    private static Dictionary<string, string[]> Layers(string project) => project == "Rf3d.Planning" ? Planning : Library;

    [TestMethod]
    [DataRow("Rf3d.Planning")]
    [DataRow("Rf3d.MLNet")]
    public void Every_folder_has_its_place(string project)
    {
        var root = RepositoryRoot.Combine(project);
        var folders = Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetDirectoryName(Path.GetRelativePath(root, file))!.Replace('\\', '/'))
            .Where(folder => folder.Split('/')[0] is not ("bin" or "obj"))
            .Distinct();
        CollectionAssert.AreEquivalent(Layers(project).Keys.Concat(project == "Rf3d.MLNet" ? Parts : []).ToList(), folders.ToList());
        Assert.IsEmpty(Directory.GetFiles(root, "*.cs"), "The root holds the project file only.");
    }

    [TestMethod]
    [DataRow("Rf3d.Planning")]
    [DataRow("Rf3d.MLNet")]
    public void Folders_depend_only_on_folders_before_them(string project)
    {
        List<string> before = [];
        foreach (var (layer, below) in Layers(project))
        {
            Assert.IsEmpty(below.Except(before), layer);
            before.Add(layer);
        }
    }

    [TestMethod]
    public void Planning_depends_on_the_framework_alone()
    {
        var project = XDocument.Load(RepositoryRoot.Combine("Rf3d.Planning", "Rf3d.Planning.csproj"));
        Assert.IsEmpty(project.Descendants().Where(item => item.Name.LocalName is "PackageReference" or "ProjectReference" or "Reference" or "FrameworkReference"));
    }

    [TestMethod]
    [DataRow("Files", "Microsoft.ML")]
    [DataRow("Files", "TorchSharp")]
    [DataRow("Recipe", "Microsoft.ML")]
    [DataRow("Recipe", "TorchSharp")]
    [DataRow("Torch", "Microsoft.ML")]
    [DataRow("Torch/Native", "Microsoft.ML")]
    [DataRow("Images", "Microsoft.ML")]
    [DataRow("Training", "Microsoft.ML")]
    [DataRow("Onnx", "Microsoft.ML")]
    [DataRow("Onnx", "TorchSharp")]
    [DataRow("Pretrained", "Microsoft.ML")]
    [DataRow("Pretrained", "TorchSharp")]
    [DataRow("Adaptation", "Microsoft.ML")]
    public void Training_knows_no_MLNet_and_Onnx_neither(string layer, string forbidden) => AssertNoMention(Files("Rf3d.MLNet", layer), [forbidden]);

    [TestMethod]
    [DataRow("Rf3d.Planning")]
    [DataRow("Rf3d.MLNet")]
    public void Arrows_go_down_only(string project)
    {
        var layers = Layers(project);
        var declared = layers.Keys.ToDictionary(layer => layer, layer => Files(project, layer).SelectMany(Declared).ToHashSet());
        foreach (var (layer, below) in layers)
        {
            var forbidden = declared.Where(other => other.Key != layer && !below.Contains(other.Key)).SelectMany(other => other.Value).ToHashSet();
            forbidden.ExceptWith(below.Append(layer).SelectMany(name => declared[name]));
            forbidden.ExceptWith(Homonyms);
            foreach (var file in Files(project, layer))
            {
                var used = Words().Matches(Code(file)).Select(match => match.Value).Where(forbidden.Contains).Distinct().ToList();
                Assert.IsEmpty(used, $"{Path.GetRelativePath(RepositoryRoot.Path, file)} uses {string.Join(", ", used)} of a layer that it must not know.");
            }
        }
    }

    [TestMethod]
    [DataRow("CandidateRanking.cs")]
    [DataRow("HalvingSchedule.cs")]
    public void Policy_of_experiments_knows_neither_TorchSharp_nor_MLNet(string file) =>
        AssertNoMention([Files("Rf3d.MLNet", "Experiments").Single(path => Path.GetFileName(path) == file)], ["TorchSharp", "Microsoft.ML"]);

    private static void AssertNoMention(IEnumerable<string> files, string[] names)
    {
        foreach (var file in files)
        {
            foreach (var name in names)
                Assert.IsFalse(Regex.IsMatch(Code(file), $@"\b{Regex.Escape(name)}\b(?!\.OnnxRuntime)"), $"{Path.GetRelativePath(RepositoryRoot.Path, file)} mentions {name}.");
        }
    }

    /// <summary>The files of a folder with those of its parts, but without those of folders that have a place of their own.</summary>
    private static IEnumerable<string> Files(string project, string layer)
    {
        var root = RepositoryRoot.Combine(project);
        return Directory.GetFiles(Path.Combine(root, layer), "*.cs", SearchOption.AllDirectories)
            .Where(file => Path.GetDirectoryName(Path.GetRelativePath(root, file))!.Replace('\\', '/') is var folder && (folder == layer || Parts.Contains(folder)));
    }

    /// <summary>Types of a file that are not nested; nested ones are indented.</summary>
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
