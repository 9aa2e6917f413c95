using System.Text.Json;
using System.Text.Json.Nodes;
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
