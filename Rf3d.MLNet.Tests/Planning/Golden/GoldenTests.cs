using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML;
using Rf3d.MLNet.Tests.Project;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Planning.Golden;

/// <summary>
/// What the code of 099e16d, before its names changed, planned and scored. Members of its JSON and names of its weights are read by the names of today; nothing
/// else may differ.
/// </summary>
[TestClass]
public class GoldenTests
{
    private static readonly Dictionary<string, string> MembersNow = new()
    {
        ["units"] = JsonNamingPolicy.CamelCase.ConvertName(nameof(Stage.Blocks)),
        ["kernels"] = JsonNamingPolicy.CamelCase.ConvertName(nameof(Block.Layers)),
        ["passedOver"] = JsonNamingPolicy.CamelCase.ConvertName(nameof(NetworkPlan.Skipped)),
        ["refused"] = JsonNamingPolicy.CamelCase.ConvertName(nameof(NetworkPlan.Rejected)),
        ["firstUnit"] = JsonNamingPolicy.CamelCase.ConvertName(nameof(LayerReplacement.FirstBlock)),
        ["lastUnit"] = JsonNamingPolicy.CamelCase.ConvertName(nameof(LayerReplacement.LastBlock)),
    };

    public static IEnumerable<object[]> PlanNames => GoldenCases.Plans().Select(plan => new object[] { plan.Name });

    public static IEnumerable<object[]> NetworkNames => GoldenCases.Networks().Select(network => new object[] { network.Name });

    [TestMethod]
    [DynamicData(nameof(PlanNames))]
    public void A_plan_is_that_of_before_the_renames(string name)
    {
        var plan = GoldenCases.Plans().Single(plan => plan.Name == name).Plan();
        var golden = Golden("plans.json")[name]!;
        AssertSame(golden["plan"]!, plan.ToJson());
        // The file has the small ones only.
        if (golden["optimized"] is { } optimized)
            AssertSame(optimized, plan.Optimized.ToJson());
        Assert.AreEqual((string?)golden["table"], plan.ToString());
    }

    [TestMethod]
    [DynamicData(nameof(NetworkNames))]
    public void A_network_scores_as_before_the_renames(string name)
    {
        var golden = Golden("scores.json")[name]!;
        var (weights, logits) = GoldenCases.Score(GoldenCases.Networks().Single(network => network.Name == name).Network);
        var expected = golden["weights"]!.AsArray().Select(weight => ((string)weight!).Replace(".unit", ".block", StringComparison.Ordinal).Replace(".kernel", ".layer", StringComparison.Ordinal));
        CollectionAssert.AreEqual(expected.ToArray(), weights);
        AssertClose(golden["logits"]!, logits);
    }

    [TestMethod]
    public void A_model_that_was_saved_before_the_renames_scores_in_MLNet_as_it_did()
    {
        var scores = GoldenCases.ScoreModel(Place(GoldenCases.ModelName));
        var expected = Golden("scores.json")[GoldenCases.ModelName]!.AsArray();
        Assert.HasCount(expected.Count, scores);
        for (var i = 0; i < scores.Length; i++)
            AssertClose(expected[i]!, scores[i]);
    }

    [TestMethod]
    public void Files_of_the_old_form_are_refused_in_one_clear_line()
    {
        var path = Place(GoldenCases.ModelName);
        AssertRefused("record has version 1, and this library reads versions 2 to 3", () => Rf3dSavedModel.Load(new MLContext(1), path));
        AssertRefused("saved by an earlier version of this library, whose layers had other names (stage1.unit1.kernel1.weight)", () => WarmStartSource.Read(path));
        AssertRefused("'units'", () => ConvNet.FromJson(Golden("plans.json")["Vgg11 32"]!["optimized"]!.ToJsonString()));
        using var checkpoint = new MemoryStream();
        new SafeTensors(new Dictionary<string, string> { ["rf3d.checkpoint"] = "1" }, new Dictionary<string, SafeTensorEntry>()).Write(checkpoint);
        checkpoint.Position = 0;
        AssertRefused("checkpoint format 1, and this version of Rf3d.MLNet reads 2", () => Checkpoint.From(SafeTensors.Read(checkpoint)));
        using var folder = new TempFolder();
        File.WriteAllText(folder["trials.jsonl"], """{"kind":"experiment","version":1,"seed":1,"fingerprint":{}}""" + "\n");
        AssertRefused("no log of an experiment that this version of Rf3d.MLNet reads", () => TrialLog.Open(Path.GetDirectoryName(folder["trials.jsonl"])!).Dispose());
    }

    private static void AssertRefused(string words, Action read)
    {
        var message = Assert.ThrowsExactly<FormatException>(read).Message;
        Assert.Contains(words, message);
        Assert.DoesNotContain("\n", message);
    }

    private static JsonNode Golden(string file) => JsonNode.Parse(File.ReadAllText(Place(file)))!;

    private static string Place(string file) => RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Planning", "Golden", file);

    private static void AssertSame(JsonNode golden, string json) => Assert.AreEqual(Renamed(golden)!.ToJsonString(), JsonNode.Parse(json)!.ToJsonString());

    private static JsonNode? Renamed(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(MembersNow.GetValueOrDefault(member.Key, member.Key), Renamed(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Renamed)]),
        _ => node?.DeepClone(),
    };

    private static void AssertClose(JsonNode expected, float[] actual)
    {
        var values = expected.AsArray();
        Assert.HasCount(values.Count, actual);
        for (var i = 0; i < actual.Length; i++)
            Assert.AreEqual((float)values[i]!, actual[i], 1e-4, $"Element {i}");
    }
}
