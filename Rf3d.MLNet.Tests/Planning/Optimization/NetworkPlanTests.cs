using System.Text.Json;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Planning.Optimization;

[TestClass]
public class NetworkPlanTests
{
    private static NetworkPlan Plan(Architecture architecture, int size, int classes, ReceptiveFieldClamping clamping, long? maxMacs = null, long? maxParameters = null, double threshold = 0) =>
        NetworkPlan.Create(
            ConvNetFactory.Create(architecture, size, size, classes),
            new() { ReceptiveField = new() { Clamping = clamping }, MaxMacs = maxMacs, MaxParameters = maxParameters, Threshold = threshold });

    private static void AssertPlan(NetworkPlan plan, string stages, long parameters, double millionMacs, double gain)
    {
        Assert.AreEqual(stages, string.Join(",", plan.Optimized.GetStageDepths()));
        Assert.AreEqual(parameters, plan.OptimizedCost.Parameters);
        Assert.AreEqual(millionMacs, Math.Round(plan.OptimizedCost.Macs / 1e6, 1));
        Assert.AreEqual(gain, Math.Round(plan.OptimizedField.TotalGain - plan.OriginalField.TotalGain, 4));
    }

    [TestMethod]
    [DataRow(Architecture.Vgg16, ReceptiveFieldClamping.Clamped, "5,4,2,1,1", 5_101_194L, 369.8, 2.4901)]
    [DataRow(Architecture.Vgg16, ReceptiveFieldClamping.Unclamped, "5,4,2,1,1", 5_101_194L, 369.8, 2.2942)]
    [DataRow(Architecture.Vgg19, ReceptiveFieldClamping.Clamped, "7,4,3,1,1", 5_765_898L, 483.1, 3.2370)]
    [DataRow(Architecture.Vgg19, ReceptiveFieldClamping.Unclamped, "6,4,3,2,1", 8_089_674L, 483.1, 3.1330)]
    [DataRow(Architecture.ResNet50, ReceptiveFieldClamping.Clamped, "5,5,4,2", 17_244_746L, 1297.8, 0.7601)]
    [DataRow(Architecture.ResNet50, ReceptiveFieldClamping.Unclamped, "5,5,4,2", 17_244_746L, 1297.8, 0.7601)]
    [DataRow(Architecture.MobileNet, ReceptiveFieldClamping.Clamped, "3,4,3,2,1", 1_194_954L, 47.9, 4.3258)]
    [DataRow(Architecture.MobileNet, ReceptiveFieldClamping.Unclamped, "3,4,3,2,1", 1_194_954L, 47.9, 4.0935)]
    public void Table_3_on_32_pixels_and_10_classes(Architecture architecture, ReceptiveFieldClamping clamping, string stages, long parameters, double macs, double gain) =>
        AssertPlan(Plan(architecture, 32, 10, clamping), stages, parameters, macs, gain);

    [TestMethod]
    [DataRow(ReceptiveFieldClamping.Clamped)]
    [DataRow(ReceptiveFieldClamping.Unclamped)]
    public void Table_5_Vgg16_on_224_pixels_and_1000_classes(ReceptiveFieldClamping clamping)
    {
        var plan = Plan(Architecture.Vgg16, 224, 1000, clamping);
        Assert.AreEqual(138_357_544, plan.OriginalCost.Parameters);
        Assert.AreEqual(15_470.3, Math.Round(plan.OriginalCost.Macs / 1e6, 1));
        AssertPlan(plan, "3,3,3,2,2", 133_822_440, 16_857.5, 0.3857);
    }

    // Further rows of Tables 4 and 5, with the two decimals that the paper prints. Its gains are all met; its parameters for VGG19 (141.34 M)
    // and MobileNet (3.52 M) on ImageNet are not those of the networks that have these gains.
    [TestMethod]
    [DataRow(Architecture.Vgg16, 32, 100, 24.39, 2.29)]
    [DataRow(Architecture.Vgg19, 32, 100, 27.38, 3.13)]
    [DataRow(Architecture.Vgg19, 224, 1000, 138.58, 1.09)]
    [DataRow(Architecture.MobileNet, 224, 1000, 3.25, 2.59)]
    [DataRow(Architecture.ResNet50, 224, 1000, 23.67, 0.47)]
    public void Further_rows_of_Tables_4_and_5(Architecture architecture, int size, int classes, double millionParameters, double gain)
    {
        var plan = Plan(architecture, size, classes, ReceptiveFieldClamping.Unclamped);
        Assert.AreEqual(millionParameters, Math.Round(plan.OptimizedCost.Parameters / 1e6, 2));
        Assert.AreEqual(gain, Math.Round(plan.OptimizedField.TotalGain - plan.OriginalField.TotalGain, 2));
    }

    [TestMethod]
    [DataRow(ReceptiveFieldClamping.Clamped, 8)]
    [DataRow(ReceptiveFieldClamping.Unclamped, 11)]
    public void The_fields_of_replacements_end_where_those_of_the_organizer_do(ReceptiveFieldClamping clamping, int expected)
    {
        // The first convolution stays; five of 3×3 after it reach 11 pixels, of 8.
        var network = new ConvNet { Name = "deep", Input = new TensorShape(3, 8, 8), Classes = 2, Stages = [Stage.Repeat(Block.Convolution(8), 6)] };
        var plan = NetworkPlan.Create(network, OrganizerOptions.Off with { ReceptiveField = new() { Clamping = clamping } }, Decomposition.DepthwisePointwise with { Rule = ReplacementRuleMode.Ignored });
        Assert.AreEqual(expected, plan.Replacements[0].FieldBefore.Height);
    }

    [TestMethod]
    public void Every_step_records_its_changes_and_the_steps_add_up()
    {
        foreach (var architecture in Enum.GetValues<Architecture>())
        {
            var plan = Plan(architecture, 32, 10, ReceptiveFieldClamping.Clamped);
            var (parameters, macs, gain) = (plan.OriginalCost.Parameters, plan.OriginalCost.Macs, plan.OriginalField.TotalGain);
            foreach (var step in plan.Steps)
            {
                Assert.AreEqual(OrganizerAction.Move, step.Action);
                Assert.AreEqual(parameters, step.ParametersBefore);
                Assert.AreEqual(macs, step.MacsBefore);
                (parameters, macs) = (step.ParametersAfter, step.MacsAfter);
                gain += step.TargetGain!.Value - step.SourceGain;
            }
            Assert.AreEqual(plan.OptimizedCost.Parameters, parameters);
            Assert.AreEqual(plan.OptimizedCost.Macs, macs);
            Assert.AreEqual(plan.OptimizedField.TotalGain, gain, 1e-9, architecture.ToString());
            Assert.AreEqual(plan.Original.GetStageDepths().Sum(), plan.Optimized.GetStageDepths().Sum());
            Assert.IsTrue(plan.Optimized.GetStageDepths().All(depth => depth >= 1));
        }
    }

    [TestMethod]
    public void A_threshold_above_every_gain_removes_units_down_to_one_a_stage()
    {
        var plan = Plan(Architecture.Vgg16, 32, 10, ReceptiveFieldClamping.Clamped, threshold: 100);
        Assert.AreEqual("1,1,1,1,1", string.Join(",", plan.Optimized.GetStageDepths()));
        Assert.IsTrue(plan.Steps.All(step => step.Action == OrganizerAction.Remove && step.Target is null));
    }

    [TestMethod]
    public void A_budget_on_macs_passes_over_moves_that_would_break_it()
    {
        // Free, VGG16 goes to 369.8 M MACs.
        var plan = Plan(Architecture.Vgg16, 32, 10, ReceptiveFieldClamping.Clamped, maxMacs: 340_000_000);
        Assert.IsLessThanOrEqualTo(340_000_000, plan.OptimizedCost.Macs);
        Assert.IsTrue(plan.Steps.All(step => step.MacsAfter <= 340_000_000));
        var skipped = plan.Steps.SelectMany(step => step.Skipped).Concat(plan.Skipped).ToList();
        Assert.IsNotEmpty(skipped);
        Assert.Contains("above the budget of 340,000,000", skipped[0].Reason);
        Assert.IsGreaterThan(plan.OriginalField.TotalGain, plan.OptimizedField.TotalGain);
    }

    [TestMethod]
    public void A_network_above_its_budget_is_brought_within()
    {
        var plan = Plan(Architecture.Vgg16, 32, 10, ReceptiveFieldClamping.Clamped, maxMacs: 200_000_000, maxParameters: 6_000_000);
        Assert.IsLessThanOrEqualTo(200_000_000, plan.OptimizedCost.Macs);
        Assert.IsLessThanOrEqualTo(6_000_000, plan.OptimizedCost.Parameters);
        Assert.Contains(step => step.Action == OrganizerAction.Remove && step.Reason.Contains("to meet the budget", StringComparison.Ordinal), plan.Steps);
    }

    [TestMethod]
    public void A_budget_that_no_move_can_meet_is_an_error_that_says_by_how_much()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Plan(Architecture.Vgg16, 32, 10, ReceptiveFieldClamping.Clamped, maxMacs: 1_000_000));
        var smallest = NetworkPlan.Create(ConvNetFactory.Create(Architecture.Vgg16, 32, 32, 10), new() { Threshold = 100 }).OptimizedCost.Macs;
        Assert.Contains(FormattableString.Invariant($"{smallest:#,0} MACs is {smallest - 1_000_000:#,0} above the budget of 1,000,000"), error.Message);
    }

    [TestMethod]
    public void A_budget_holds_where_the_organizer_is_off()
    {
        var network = ConvNetFactory.Create(Architecture.Vgg16, 32, 32, 10);
        Assert.Contains("above the budget of 14,000,000", Assert.ThrowsExactly<InvalidOperationException>(() => NetworkPlan.Create(network, OrganizerOptions.Off with { MaxParameters = 14_000_000 })).Message);
        Assert.Contains("above the budget of 300,000,000", Assert.ThrowsExactly<InvalidOperationException>(() => NetworkPlan.Create(network, OrganizerOptions.Off with { MaxMacs = 300_000_000 })).Message);
        // Of the network that is trained, with its kernels replaced.
        Assert.IsNotEmpty(NetworkPlan.Create(network, OrganizerOptions.Off with { MaxParameters = 14_000_000, MaxMacs = 300_000_000 }, Decomposition.DepthwisePointwise).Replacements);
        Assert.AreSame(network, NetworkPlan.Create(network, OrganizerOptions.Off with { MaxParameters = 15_000_000, MaxMacs = 320_000_000 }).Optimized);
    }

    [TestMethod]
    public void Budgets_and_thresholds_out_of_range_are_refused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new OrganizerOptions { MaxMacs = 0 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new OrganizerOptions { MaxParameters = -1 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new OrganizerOptions { Threshold = -0.1 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new OrganizerOptions { Threshold = double.NaN });
    }

    [TestMethod]
    public void Networks_of_ones_own_are_organized_by_the_same_code()
    {
        var plan = NetworkPlan.Create(Rf3d.MLNet.Tests.Planning.Networks.ConvNetTests.Mixed, new());
        Assert.IsGreaterThanOrEqualTo(plan.OriginalField.TotalGain, plan.OptimizedField.TotalGain);
        // A stage of a single kind of unit and nowhere to go stays as it is.
        var single = Rf3d.MLNet.Tests.Planning.Networks.ConvNetTests.Mixed with { Stages = [Stage.Repeat(Block.Convolution(8), 4)] };
        Assert.IsEmpty(NetworkPlan.Create(single, new()).Steps);
    }

    [TestMethod]
    public void A_move_that_leads_to_a_network_that_cannot_run_is_passed_over()
    {
        // An even kernel at stride 1 shortens its input, which a shortcut cannot follow: the second stage can take no unit.
        var even = new Block { Residual = true, Layers = [new Convolution { Filters = 8, Size = 4, Stride = 2 }] };
        var network = new ConvNet
        {
            Input = new TensorShape(3, 64, 64),
            Classes = 3,
            Stages = [Stage.Repeat(Block.Convolution(8), 30), Stage.Repeat(even, 1)],
        };
        var plan = NetworkPlan.Create(network, new());
        Assert.AreEqual("30,1", string.Join(",", plan.Optimized.GetStageDepths()));
        Assert.Contains(move => move.Reason.Contains("has a shortcut", StringComparison.Ordinal), plan.Skipped);
    }

    [TestMethod]
    public void Without_an_organizer_the_plan_keeps_the_network()
    {
        var network = ConvNetFactory.Create(Architecture.ResNet18, 32, 32, 10);
        var plan = NetworkPlan.Create(network, OrganizerOptions.Off);
        Assert.AreSame(network, plan.Optimized);
        Assert.IsEmpty(plan.Steps);
    }

    [TestMethod]
    public void A_stored_plan_that_makes_no_sense_is_a_format_error()
    {
        var network = ConvNetFactory.Create(Architecture.Vgg16, 32, 32, 10);
        var stored = StoredPlan.Of(NetworkPlan.Create(network, OrganizerOptions.Off));
        Assert.AreEqual(network, stored.ToPlan().Optimized);
        var shorter = stored with { Organized = network with { Stages = network.Stages.RemoveAt(4) } };
        Assert.AreEqual("its networks have different numbers of stages", Assert.ThrowsExactly<FormatException>(() => shorter.ToPlan()).Message);
        var huge = stored with { Original = network with { Input = new(3, int.MaxValue, 32) } };
        Assert.StartsWith("Network 'Vgg16' cannot run", Assert.ThrowsExactly<FormatException>(() => huge.ToPlan()).Message);
        Assert.Contains("'rejected'", Assert.ThrowsExactly<FormatException>(() => new StoredPlan(network, null, null, new(), [], [], [], [null!])).Message);
    }

    [TestMethod]
    public void Json_has_the_documented_fields_and_the_table_every_stage()
    {
        var plan = Plan(Architecture.Vgg16, 32, 10, ReceptiveFieldClamping.Clamped);
        using var json = JsonDocument.Parse(plan.ToJson());
        var optimized = json.RootElement.GetProperty("optimized");
        CollectionAssert.AreEqual(new[] { 5, 4, 2, 1, 1 }, optimized.GetProperty("stages").EnumerateArray().Select(item => item.GetInt32()).ToArray());
        Assert.AreEqual(5_101_194, optimized.GetProperty("parameters").GetInt64());
        Assert.AreEqual(plan.OptimizedCost.Macs, optimized.GetProperty("macs").GetInt64());
        Assert.AreEqual(plan.OptimizedField.TotalGain, optimized.GetProperty("totalGain").GetDouble());
        Assert.AreEqual(plan.Steps.Length, json.RootElement.GetProperty("steps").GetArrayLength());
        Assert.AreEqual("Vgg16", json.RootElement.GetProperty("architecture").GetString());
        var table = plan.ToString();
        for (var stage = 1; stage <= 5; stage++)
            Assert.Contains($"stage {stage}, ", table);
        Assert.Contains("5,101,194", table);
    }
}
