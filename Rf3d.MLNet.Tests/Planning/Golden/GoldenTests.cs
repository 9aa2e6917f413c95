using System.Text.Json.Nodes;
using Rf3d.MLNet.Tests.Project;

namespace Rf3d.MLNet.Tests.Planning.Golden;

/// <summary>Plans and scores as the code of 099e16d gave them, those of ResNet-D as the code that brought it: a change of the code must not change them unasked.</summary>
[TestClass]
public class GoldenTests
{
    public static IEnumerable<object[]> PlanNames => GoldenCases.Plans().Select(plan => new object[] { plan.Name });

    public static IEnumerable<object[]> NetworkNames => GoldenCases.Networks().Select(network => new object[] { network.Name });

    [TestMethod]
    [DynamicData(nameof(PlanNames))]
    public void A_plan_is_the_golden_one(string name)
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
    public void A_network_has_the_golden_scores(string name)
    {
        var golden = Golden("scores.json")[name]!;
        var (weights, logits) = GoldenCases.Score(GoldenCases.Networks().Single(network => network.Name == name).Network);
        CollectionAssert.AreEqual(golden["weights"]!.AsArray().Select(weight => (string)weight!).ToArray(), weights);
        var expected = golden["logits"]!.AsArray();
        Assert.HasCount(expected.Count, logits);
        for (var i = 0; i < logits.Length; i++)
            Assert.AreEqual((float)expected[i]!, logits[i], 1e-4, $"Element {i}");
    }

    private static JsonNode Golden(string file) => JsonNode.Parse(File.ReadAllText(RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Planning", "Golden", file)))!;

    private static void AssertSame(JsonNode golden, string json) => Assert.AreEqual(golden.ToJsonString(), JsonNode.Parse(json)!.ToJsonString());
}
