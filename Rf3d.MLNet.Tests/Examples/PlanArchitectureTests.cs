using System.Text.Json;

namespace Rf3d.MLNet.Tests.Examples;

[TestClass]
public class PlanArchitectureTests
{
    [TestMethod]
    public void Prints_the_plan_as_json()
    {
        var (exitCode, output, error) = ExampleProcess.Run(
            "PlanArchitecture", "--architecture", "vgg16", "--image-size", "32", "--classes", "10", "--clamping", "unclamped", "--json");
        Assert.AreEqual(0, exitCode, error);
        using var json = JsonDocument.Parse(output);
        var (original, optimized) = (json.RootElement.GetProperty("original"), json.RootElement.GetProperty("optimized"));
        Assert.AreEqual("[2,2,3,3,3]", Numbers(original.GetProperty("stages")));
        Assert.AreEqual("[5,4,2,1,1]", Numbers(optimized.GetProperty("stages")));
        Assert.AreEqual(14_728_266, original.GetProperty("parameters").GetInt64());
        Assert.AreEqual(5_101_194, optimized.GetProperty("parameters").GetInt64());
        Assert.AreEqual(2.2942, Math.Round(optimized.GetProperty("totalGain").GetDouble() - original.GetProperty("totalGain").GetDouble(), 4));
        Assert.IsGreaterThan(0, json.RootElement.GetProperty("steps").GetArrayLength());

        static string Numbers(JsonElement array) => $"[{string.Join(',', array.EnumerateArray().Select(item => item.GetInt32()))}]";
    }

    [TestMethod]
    public void Shows_the_replacements_of_the_decomposer()
    {
        var (exitCode, output, error) = ExampleProcess.Run("PlanArchitecture", "--architecture", "vgg16", "--depths", "4,3,2,3,1", "--decomposition", "auto");
        Assert.AreEqual(0, exitCode, error);
        Assert.Contains("DW+RPW-g2-o50, 3DRF 7x7x64 → 7x7x64", output);
        Assert.Contains("refused: stage 5, DW+RPW-g2-o50: channels: 256 of 512 after one unit", output);
        (exitCode, _, error) = ExampleProcess.Run("PlanArchitecture", "--architecture", "vgg16", "--decomposition", "dw+rpw-g2-o50");
        Assert.AreEqual(1, exitCode);
        Assert.Contains("cannot replace the convolutions of stage 4", error);
        (exitCode, _, error) = ExampleProcess.Run("PlanArchitecture", "--decomposition", "dw+rpw-g1-o50");
        Assert.AreNotEqual(0, exitCode);
        Assert.Contains("at least 2 groups", error);
    }

    [TestMethod]
    public void Names_the_error_in_a_budget_or_a_name()
    {
        var (exitCode, _, error) = ExampleProcess.Run("PlanArchitecture", "--architecture", "resnet50", "--max-parameters", "1000");
        Assert.AreEqual(1, exitCode);
        Assert.Contains("above the budget of 1,000", error);
        (exitCode, _, error) = ExampleProcess.Run("PlanArchitecture", "--architecture", "alexnet");
        Assert.AreNotEqual(0, exitCode);
        Assert.Contains("alexnet", error);
    }
}
