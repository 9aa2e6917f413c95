using System.Text.Json;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Planning.Optimization;

[TestClass]
public class KernelDecomposerTests
{
    /// <summary>Table 6's network: the VGG16 variant [4,3,2,3,1] on CIFAR-10.</summary>
    private static ConvNet Table6 => ConvNetFactory.Create(Architecture.Vgg16, 32, 32, 10).WithStageDepths(4, 3, 2, 3, 1);

    private static NetworkPlan Plan(ConvNet network, string decomposition, ReplacementRuleMode rule = ReplacementRuleMode.Required) =>
        NetworkPlan.Create(network, OrganizerOptions.Off, Decomposition.Parse(decomposition) with { Rule = rule });

    // The paper prints 9.64 M and 370, 1.11 M and 50, then 0.67, 0.36 and 0.20 M and 30, 20 and 10 for both GPW and RPW; ours are from the definition.
    [TestMethod]
    [DataRow("off", 9_637_962L, 369.8)]
    [DataRow("dw+pw", 1_111_946L, 45.6)]
    [DataRow("dw+gpw-g2", 577_418L, 25.2)]
    [DataRow("dw+gpw-g4", 310_154L, 14.9)]
    [DataRow("dw+gpw-g8", 176_522L, 9.8)]
    [DataRow("dw+rpw-g2-o33", 577_418L, 25.2)]
    [DataRow("dw+rpw-g2-o50", 577_418L, 25.2)]
    [DataRow("dw+rpw-g4-o33", 310_154L, 14.9)]
    [DataRow("dw+rpw-g4-o50", 310_154L, 14.9)]
    [DataRow("dw+rpw-g8-o33", 176_522L, 9.8)]
    [DataRow("dw+rpw-g8-o50", 176_522L, 9.8)]
    public void Table_6_from_the_definition(string decomposition, long parameters, double millionMacs)
    {
        var plan = Plan(Table6, decomposition, ReplacementRuleMode.Ignored);
        Assert.AreEqual(parameters, plan.OptimizedCost.Parameters);
        Assert.AreEqual(millionMacs, Math.Round(plan.OptimizedCost.Macs / 1e6, 1));
        // Every convolution but the one that sees the image.
        Assert.AreEqual(decomposition == "off" ? 0 : 12, plan.Replacements.Sum(replacement => replacement.Layers));
        Assert.AreEqual(Table6.Stages[0].Blocks[0], plan.Optimized.Stages[0].Blocks[0]);
    }

    [TestMethod]
    public void Auto_takes_the_cheapest_block_that_keeps_the_rule_and_DW_PW_in_a_stage_of_one_unit()
    {
        var plan = Plan(Table6, "auto");
        CollectionAssert.AreEqual(
            new[] { "DW+RPW-g2-o50", "DW+RPW-g2-o50", "DW+RPW-g2-o50", "DW+RPW-g2-o50", "DW+PW" },
            plan.Replacements.Select(replacement => replacement.Block).ToArray());
        Assert.IsTrue(plan.Replacements.All(replacement => replacement.FieldBefore == replacement.FieldAfter));
        var rejected = plan.Rejected.Single(rejected => rejected.Block == "DW+RPW-g2-o50");
        Assert.AreEqual(5, rejected.Stage);
        Assert.AreEqual("channels: 256 of 512 after one unit; two blocks in a row see all channels", rejected.Reason);
    }

    [TestMethod]
    public void The_replacements_add_up()
    {
        foreach (var architecture in Enum.GetValues<Architecture>())
        {
            var plan = NetworkPlan.Create(ConvNetFactory.Create(architecture, 32, 32, 10), new(), Decomposition.Auto);
            var (parameters, macs) = (plan.OrganizedCost.Parameters, plan.OrganizedCost.Macs);
            foreach (var replacement in plan.Replacements)
            {
                Assert.AreEqual(parameters, replacement.ParametersBefore);
                Assert.AreEqual(macs, replacement.MacsBefore);
                Assert.IsLessThan(replacement.ParametersBefore, replacement.ParametersAfter);
                Assert.AreEqual(replacement.FieldBefore, replacement.FieldAfter);
                (parameters, macs) = (replacement.ParametersAfter, replacement.MacsAfter);
            }
            Assert.AreEqual(plan.OptimizedCost.Parameters, parameters);
            Assert.AreEqual(plan.OptimizedCost.Macs, macs);
            Assert.IsNotEmpty(plan.Replacements, architecture.ToString());
            CollectionAssert.AreEqual(plan.Organized.GetStageDepths(), plan.Optimized.GetStageDepths());
            Assert.AreEqual(plan.Optimized, ConvNet.FromJson(plan.Optimized.ToJson()));
        }
    }

    [TestMethod]
    public void In_bottlenecks_the_3x3_and_the_1x1_convolutions_are_replaced()
    {
        var plan = Plan(ConvNetFactory.Create(Architecture.ResNet50, 32, 32, 10), "dw+rpw-g2-o50");
        Assert.AreEqual(16 * 3, plan.Replacements.Sum(replacement => replacement.Layers));
        var block = plan.Optimized.Stages[1].Blocks[0];
        Assert.AreEqual("RPW-g2-o50+DW+RPW-g2-o50+RPW-g2-o50", LayerName.Of(block.Layers));
        Assert.IsTrue(block.Residual);
        Assert.AreEqual((Size2D)2, block.Layers.OfType<DepthwiseConvolution>().Single().Stride);
        Assert.AreEqual(Activation.None, ((ConvLayer)block.Layers[^1]).Activation);
        Assert.AreEqual(plan.Organized.Stem, plan.Optimized.Stem);
    }

    [TestMethod]
    public void In_MobileNet_the_pointwise_convolutions_are_replaced_and_the_depthwise_ones_stay()
    {
        var plan = Plan(ConvNetFactory.Create(Architecture.MobileNet, 32, 32, 10), "dw+shuffle+gpw-g4", ReplacementRuleMode.Preferred);
        Assert.AreEqual("DW+shuffle-g4+GPW-g4", LayerName.Of(plan.Optimized.Stages[3].Blocks[2].Layers));
        Assert.AreEqual("shuffle+GPW-g4", plan.Replacements[^1].Block);
        // One unit: its PW stays, and the plan says why.
        Assert.AreEqual(plan.Original.Stages[0], plan.Optimized.Stages[0]);
        Assert.AreEqual("channels: 8 of 32 after one unit; two blocks in a row see all channels", plan.Rejected.Single().Reason);
    }

    [TestMethod]
    public void A_demanded_block_that_breaks_the_rule_is_an_error_that_names_the_stage()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Plan(Table6, "dw+rpw-g2-o50"));
        Assert.Contains("DW+RPW-g2-o50 cannot replace the convolutions of stage 5", error.Message);
        Assert.Contains("channels: 256 of 512 after one unit", error.Message);
        error = Assert.ThrowsExactly<InvalidOperationException>(() => Plan(Table6, "dw+gpw-g2"));
        Assert.Contains("never more than 32", error.Message);
    }

    [TestMethod]
    public void DW_PW_replaces_a_preferred_block_that_breaks_the_rule_and_an_ignored_rule_is_reported()
    {
        var preferred = Plan(Table6, "dw+rpw-g4-o50", ReplacementRuleMode.Preferred);
        Assert.AreEqual("DW+PW", preferred.Replacements[^1].Block);
        Assert.Contains(rejected => rejected is { Stage: 5, Block: "DW+RPW-g4-o50" }, preferred.Rejected);
        var ignored = Plan(Table6, "dw+rpw-g4-o50", ReplacementRuleMode.Ignored);
        Assert.StartsWith("the rule is broken: channels: 128 of 512", ignored.Replacements[^1].Reason);
        Assert.AreNotEqual(ignored.Replacements[^1].FieldBefore, ignored.Replacements[^1].FieldAfter);
    }

    [TestMethod]
    public void Groups_that_do_not_divide_the_channels_are_an_error_whatever_the_rule()
    {
        var network = Table6 with { Stages = [Stage.Repeat(Block.Convolution(30), 3)] };
        foreach (var rule in new[] { ReplacementRuleMode.Required, ReplacementRuleMode.Ignored })
        {
            foreach (var block in new[] { "dw+rpw-g4-o50", "dw+shuffle+gpw-g4" })
                Assert.Contains("4 groups, which do not divide its 30 input channels", Assert.ThrowsExactly<InvalidOperationException>(() => Plan(network, block, rule)).Message);
        }
        // Preferred and Auto find something that fits.
        var preferred = Plan(network, "dw+rpw-g4-o50", ReplacementRuleMode.Preferred);
        Assert.AreEqual("DW+PW", preferred.Replacements.Single().Block);
        Assert.Contains("4 groups", preferred.Rejected.Single().Reason);
        Assert.AreEqual("DW+RPW-g2-o50", NetworkPlan.Create(network, OrganizerOptions.Off, Decomposition.Auto with { MaxGroups = 4 }).Replacements.Single().Block);
    }

    [TestMethod]
    public void Windows_without_channels_are_an_error_that_speaks_of_steps_of_zero()
    {
        var network = Table6 with { Stages = [new Stage { Blocks = [new Block { Layers = [new RollingPointwiseConvolution { Filters = 8, Groups = 4 }] }] }] };
        Assert.Contains("roll by steps of 0", Assert.ThrowsExactly<InvalidOperationException>(() => network.GetCost()).Message);
    }

    [TestMethod]
    public void More_groups_are_cheaper_until_the_rule_refuses_them()
    {
        long last = long.MaxValue;
        foreach (var groups in new[] { 1, 2, 4, 8 })
        {
            var plan = NetworkPlan.Create(Table6, OrganizerOptions.Off, Decomposition.Auto with { MaxGroups = groups });
            Assert.IsLessThan(last, plan.OptimizedCost.Parameters);
            last = plan.OptimizedCost.Parameters;
        }
        // 32 groups of 2 channels would need more than the 3 units of the first stage's run.
        var many = NetworkPlan.Create(Table6, OrganizerOptions.Off, Decomposition.Auto with { MaxGroups = 32 });
        Assert.Contains(rejected => rejected is { Stage: 1, Block: "DW+RPW-g32-o50" }, many.Rejected);
    }

    [TestMethod]
    public void Budgets_count_the_decomposed_network()
    {
        var vgg = ConvNetFactory.Create(Architecture.Vgg16, 32, 32, 10);
        // Without a decomposition this budget would cost units; decomposed, all of them fit.
        var plan = NetworkPlan.Create(vgg, new() { MaxParameters = 1_000_000 }, Decomposition.Auto);
        CollectionAssert.AreEqual(NetworkPlan.Create(vgg, new()).Optimized.GetStageDepths(), plan.Optimized.GetStageDepths());
        Assert.IsLessThan(1_000_000, plan.OptimizedCost.Parameters);
        // Below the cost of the free arrangement, moves are passed over.
        plan = NetworkPlan.Create(vgg, new() { MaxParameters = 505_000 }, Decomposition.Auto);
        Assert.IsLessThanOrEqualTo(505_000, plan.OptimizedCost.Parameters);
        Assert.IsTrue(plan.OrganizedCost.Parameters > 505_000);
    }

    [TestMethod]
    public void A_block_of_more_channels_than_can_be_followed_is_rejected()
    {
        var network = new ConvNet { Name = "wide", Input = new TensorShape(3, 8, 8), Classes = 2, Stages = [Stage.Repeat(Block.Convolution(1 << 16), 3)] };
        var plan = NetworkPlan.Create(network, OrganizerOptions.Off, Decomposition.Auto);
        Assert.AreEqual("DW+PW", plan.Replacements.Single().Block);
        Assert.Contains(rejected => rejected.Block == "DW+RPW-g2-o50" && rejected.Reason.Contains("are followed one by one", StringComparison.Ordinal), plan.Rejected);
    }

    [TestMethod]
    public void A_budget_of_the_decomposition_that_is_not_met_is_an_error_that_says_by_how_much()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => NetworkPlan.Create(Table6, OrganizerOptions.Off, Decomposition.DepthwisePointwise with { MaxParameters = 1_000_000 }));
        Assert.Contains("1,111,946 parameters is 111,946 above the budget of 1,000,000", error.Message);
        Assert.Contains("MACs is", Assert.ThrowsExactly<InvalidOperationException>(() => NetworkPlan.Create(Table6, OrganizerOptions.Off, Decomposition.Auto with { MaxMacs = 1 })).Message);
        Assert.IsNotEmpty(NetworkPlan.Create(Table6, OrganizerOptions.Off, Decomposition.Auto with { MaxParameters = 1_000_000 }).Replacements);
    }

    [TestMethod]
    public void The_budget_of_a_decomposition_is_the_organizers_too()
    {
        var vgg = ConvNetFactory.Create(Architecture.Vgg16, 32, 32, 10);
        var byOrganizer = NetworkPlan.Create(vgg, new() { MaxParameters = 505_000 }, Decomposition.Auto);
        var byDecomposition = NetworkPlan.Create(vgg, new(), Decomposition.Auto with { MaxParameters = 505_000 });
        Assert.AreEqual(byOrganizer.Optimized, byDecomposition.Optimized);
        Assert.IsLessThanOrEqualTo(505_000, byDecomposition.OptimizedCost.Parameters);
        // Without a decomposition it is a budget, too.
        Assert.Contains("above the budget of 1", Assert.ThrowsExactly<InvalidOperationException>(() => NetworkPlan.Create(Table6, OrganizerOptions.Off, Decomposition.Off with { MaxParameters = 1 })).Message);
    }

    [TestMethod]
    public void A_budget_may_be_met_by_a_second_unit_where_one_alone_needs_a_dearer_block()
    {
        var plan = NetworkPlan.Create(Table6, new() { MaxParameters = 250_000 }, Decomposition.Auto with { MaxGroups = 8 });
        Assert.IsLessThanOrEqualTo(250_000, plan.OptimizedCost.Parameters);
        Assert.IsGreaterThan(1, plan.Optimized.Stages[4].Blocks.Length);
        Assert.Contains(step => step.Reason.Contains("→ stage 5", StringComparison.Ordinal) && step.Reason.Contains("to meet the budget", StringComparison.Ordinal), plan.Steps);
    }

    [TestMethod]
    public void Kernels_that_shrink_or_widen_their_maps_are_judged_like_others()
    {
        Size2D none = 0;
        var valid = Table6 with { Stages = [Stage.Repeat(new Block { Layers = [new Convolution { Filters = 16, Size = 5, Padding = none }] }, 4)] };
        Assert.AreEqual("DW+RPW-g2-o50", Plan(valid, "auto").Replacements.Single().Block);
        var even = Table6 with { Stages = [Stage.Repeat(new Block { Layers = [new Convolution { Filters = 16, Size = 2, Dilation = 3 }] }, 3)] };
        var plan = Plan(even, "dw+rpw-g2-o50");
        Assert.AreEqual(2, plan.Replacements.Single().Layers);
        Assert.AreEqual((Size2D)3, plan.Optimized.Stages[0].Blocks[1].Layers.OfType<DepthwiseConvolution>().Single().Dilation);
        var padded = Plan(Table6 with { Stages = [Stage.Repeat(new Block { Layers = [new Convolution { Filters = 16, Padding = 2 }] }, 3)] }, "dw+pw");
        Assert.AreEqual((Size2D?)2, padded.Optimized.Stages[0].Blocks[1].Layers.OfType<DepthwiseConvolution>().Single().Padding);
        CollectionAssert.AreEqual(new[] { 3 }, padded.Optimized.GetStageDepths().ToArray());
    }

    [TestMethod]
    public void Layers_that_no_block_can_replace_are_listed()
    {
        var plan = Plan(ConvNetFactory.Create(Architecture.MobileNet, 32, 32, 10), "dw+pw");
        Assert.IsEmpty(plan.Replacements);
        Assert.HasCount(5, plan.Rejected);
        Assert.AreEqual("there is no convolution here that it could replace", plan.Rejected[0].Reason);
        var mixed = new Block { Layers = [new Convolution { Filters = 16 }, new Convolution { Filters = 16, Groups = 4 }] };
        plan = Plan(Table6 with { Stages = [Stage.Repeat(mixed, 3)] }, "dw+pw");
        Assert.AreEqual("2 convolutions stay as they are: grouped, or 1x1 with a stride or a border", plan.Rejected.Single().Reason);
    }

    [TestMethod]
    public void A_preferred_block_that_saves_nothing_is_refused()
    {
        var narrow = Table6 with { Stages = [Stage.Repeat(Block.Convolution(2), 1), Stage.Repeat(Block.Convolution(1), 1)] };
        Assert.AreEqual("it saves no parameters", Plan(narrow, "dw+pw", ReplacementRuleMode.Preferred).Rejected[^1].Reason);
    }

    [TestMethod]
    public void A_stage_with_nothing_but_the_unit_that_sees_the_image_stays()
    {
        var network = Table6.WithStageDepths(1, 3, 2, 3, 1);
        var plan = NetworkPlan.Create(network, OrganizerOptions.Off, Decomposition.Auto);
        Assert.AreEqual(network.Stages[0], plan.Optimized.Stages[0]);
        Assert.Contains(rejected => rejected is { Stage: 1, Reason: "the stage's only unit sees the image" }, plan.Rejected);
    }

    [TestMethod]
    public void The_plan_tells_it_in_words_and_in_json()
    {
        var plan = Plan(Table6, "auto");
        var table = plan.ToString();
        Assert.Contains("decomposed", table);
        Assert.Contains("stage 5, unit 1: 1 convolution → DW+PW, 3DRF 2x2x512 → 2x2x512", table);
        Assert.Contains("refused: stage 5, DW+RPW-g2-o50: channels: 256 of 512 after one unit", table);
        using var json = JsonDocument.Parse(plan.ToJson());
        Assert.AreEqual(5, json.RootElement.GetProperty("replacements").GetArrayLength());
        Assert.AreEqual(plan.Rejected.Length, json.RootElement.GetProperty("rejected").GetArrayLength());
        Assert.AreEqual(plan.OrganizedCost.Parameters, json.RootElement.GetProperty("organized").GetProperty("parameters").GetInt64());
    }

    [TestMethod]
    public void Decompositions_are_read_from_the_text_they_write()
    {
        Decomposition[] all =
        [
            Decomposition.Off, Decomposition.Auto, Decomposition.DepthwisePointwise, Decomposition.DepthwiseGrouped(4), Decomposition.DepthwiseGrouped(4, shuffle: false),
            Decomposition.DepthwiseRolling(), Decomposition.DepthwiseRolling(8, 1 / 3d), Decomposition.DepthwiseRolling(2, 0),
            Decomposition.DepthwiseRolling(2, 2 / 3d), .. new[] { 0.33, 0.67, 0.335, 0.125, 1e-9, 0.999999, 0.29 }.Select(overlap => Decomposition.DepthwiseRolling(2, overlap)),
        ];
        foreach (var decomposition in all)
            Assert.AreEqual(decomposition, Decomposition.Parse($" {decomposition.ToString().ToUpperInvariant()}"));
        Assert.IsFalse(Decomposition.TryParse("dw", null, out _));
    }

    [TestMethod]
    [DataRow("dw+rpw-g1-o50", "at least 2 groups")]
    [DataRow("dw+rpw-g2-o100", "below 1")]
    [DataRow("dw+shuffle+gpw-g1", "at least 2 groups")]
    [DataRow("dw+gpw-g99999999999", "not a decomposition")]
    [DataRow("mobilenet", "Possible: off, auto, dw+pw")]
    public void Other_texts_are_refused_with_the_reason(string text, string reason) =>
        Assert.Contains(reason, Assert.ThrowsExactly<FormatException>(() => Decomposition.Parse(text)).Message);

    [TestMethod]
    public void Numbers_out_of_range_are_refused()
    {
        Assert.Contains("at least 2 groups", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new RollingPointwiseConvolution { Filters = 8, Groups = 1 }).Message);
        foreach (var overlap in new[] { -0.1, 1, 1.5, double.NaN })
        {
            Assert.Contains("below 1", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new RollingPointwiseConvolution { Filters = 8, Overlap = overlap }).Message);
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Decomposition.DepthwiseRolling(2, overlap));
        }
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Decomposition.DepthwiseRolling(1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Decomposition.DepthwiseGrouped(1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Decomposition.Auto with { MaxGroups = 3 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Decomposition.Auto with { MaxParameters = 0 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => NetworkPlan.Create(Table6, OrganizerOptions.Off, Decomposition.DepthwisePointwise with { Rule = (ReplacementRuleMode)9 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ChannelShuffle { Groups = 1 });
        Assert.ThrowsExactly<ArgumentException>(() => Table6.WithStageDepths(1, 2));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Table6.WithStageDepths(0, 1, 1, 1, 1));
    }
}
