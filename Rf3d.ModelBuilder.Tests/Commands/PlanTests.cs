using System.Text.Json;

namespace Rf3d.ModelBuilder.Tests.Commands;

[TestClass]
public class PlanTests
{
    private static readonly string[] Network = ["plan", "--architecture", "vgg16", "--image-size", "32"];

    [TestMethod]
    [DataRow("--threshold", "0.9")]
    [DataRow("--alpha", "9")]
    [DataRow("--clamping", "unclamped")]
    [DataRow("--max-macs", "150000000")]
    [DataRow("--max-parameters", "4000000")]
    public void An_option_of_the_planner_changes_the_plan(string option, string value) =>
        Assert.AreNotEqual(Tool.Run([.. Network, "--json"]).Must(0).Output, Tool.Run([.. Network, "--json", option, value]).Must(0).Output);

    [TestMethod]
    [DataRow("--alpha", "9")]
    [DataRow("--clamping", "unclamped")]
    public void Fields_are_measured_as_asked_without_the_organizer_as_well(string option, string value) => Assert.AreNotEqual(
        Tool.Run([.. Network, "--no-organizer", "--json"]).Must(0).Output, Tool.Run([.. Network, "--no-organizer", "--json", option, value]).Must(0).Output);

    [TestMethod]
    [DataRow("--max-macs")]
    [DataRow("--max-parameters")]
    public void A_budget_holds_for_decompositions_without_the_organizer_as_well(string option) =>
        Assert.Contains("above the budget of 1,000", Tool.Run([.. Network, "--no-organizer", "--decomposition", "dw+pw", option, "1000"]).Must(1).Error);

    [TestMethod]
    public void A_block_that_breaks_the_rule_is_an_error_unless_the_rule_is_only_preferred_or_ignored()
    {
        string[] table6 = [.. Network, "--depths", "4,3,2,3,1", "--decomposition", "dw+rpw-g2-o50", "--json"];
        Assert.Contains("cannot replace the convolutions of stage 5", Tool.Run([.. table6, "--rule", "required"]).Must(1).Error);
        Assert.AreNotEqual(Tool.Run([.. table6, "--rule", "preferred"]).Must(0).Output, Tool.Run([.. table6, "--rule", "ignored"]).Must(0).Output);
    }

    [TestMethod]
    [FieldReport(19)]
    [DataRow("--image-size", "2147483647", "--image-size is one number, or HEIGHTxWIDTH, each from 1 to 32768; '2147483647' is neither.")]
    [DataRow("--image-size", "0", "each from 1 to 32768; '0' is neither")]
    [DataRow("--image-size", "32x", "each from 1 to 32768; '32x' is neither")]
    [DataRow("--classes", "2147483647", "--classes is 2147483647; it must be from 1 to 1048576.")]
    [DataRow("--depths", "999999999,1,1,1", "--depths is a list of numbers from 1 to 1000")]
    [DataRow("--depths", "0,1,1,1", "--depths is a list of numbers from 1 to 1000")]
    public void Numbers_beyond_all_networks_are_named(string option, string value, string message)
    {
        var result = Tool.Run("plan", option, value).Must(2);
        Assert.Contains(message, result.Error);
        Assert.AreEqual("", result.Output);
    }

    [TestMethod]
    [FieldReport(19)]
    public void The_largest_numbers_end_in_a_plan_or_in_an_error()
    {
        Tool.Run("plan", "--image-size", "32768", "--classes", "1048576", "--width-multiplier", "16", "--depths", "1000,1000,1000,1000").Must(0);
        Assert.Contains("values in a row", Tool.Run("plan", "--image-size", "32768", "--width-multiplier", "16", "--architecture", "Vgg16").Must(1).Error);
    }

    [TestMethod]
    [FieldReport(33)]
    public void A_size_that_costs_more_than_a_larger_one_is_reported()
    {
        Assert.Contains("Larger images would cost less", Tool.Run("plan", "--image-size", "64").Must(0).Output);
        Assert.DoesNotContain("Larger images", Tool.Run("plan", "--image-size", "32").Must(0).Output);
        // Four times a square of 32 pixels, in the same form.
        Assert.Contains("stage 1, 32x128x32", Tool.Run("plan", "--image-size", "32x128").Must(0).Output);
        Assert.DoesNotContain("Larger images", Tool.Run("plan", "--image-size", "128").Must(0).Output);
        Assert.DoesNotContain("Larger images", Tool.Run("plan", "--image-size", "64", "--json").Must(0).Output);
    }

    [TestMethod]
    public void A_batch_size_adds_the_memory_of_a_training_on_a_gpu()
    {
        Assert.Contains("activations of 512 images ", Tool.Run([.. Network, "--batch-size", "512"]).Must(0).Output);
        using var plain = JsonDocument.Parse(Tool.Run([.. Network, "--json"]).Must(0).Output);
        Assert.IsFalse(plain.RootElement.TryGetProperty("trainingMemory", out _));
        using var json = JsonDocument.Parse(Tool.Run([.. Network, "--json", "--batch-size", "512"]).Must(0).Output);
        var memory = json.RootElement.GetProperty("trainingMemory");
        Assert.AreEqual(512, memory.GetProperty("batchSize").GetInt32());
        Assert.IsGreaterThan(memory.GetProperty("activations").GetInt64(), memory.GetProperty("total").GetInt64());
        Assert.AreEqual(plain.RootElement.GetProperty("optimized").GetRawText(), json.RootElement.GetProperty("optimized").GetRawText());
        Assert.Contains("--batch-size is 0; it must be from 1", Tool.Run([.. Network, "--batch-size", "0"]).Must(2).Error);
    }
}
