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
    [DataRow("--max-macs")]
    [DataRow("--max-parameters")]
    public void A_budget_holds_for_decompositions_without_the_organizer_as_well(string option) =>
        Assert.Contains("above the budget of 1,000", Tool.Run([.. Network, "--no-organizer", "--decomposition", "dw+pw", option, "1000"]).Must(1).Error);
}
