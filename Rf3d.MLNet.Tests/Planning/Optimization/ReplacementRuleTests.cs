using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Planning.Optimization;

/// <summary>The blocks of Figures 4 and 5, by the Rule of Kernel Replacement.</summary>
[TestClass]
public class ReplacementRuleTests
{
    private static readonly TensorShape Input = new(64, 32, 32);
    private static readonly DepthwiseConvolution Dw = new();

    private static Convolution Standard => new() { Filters = 64 };

    private static Convolution Pw => new() { Filters = 64, Size = 1 };

    private static Convolution Gpw(int groups) => new() { Filters = 64, Size = 1, Groups = groups };

    private static ChannelShuffle Shuffle(int groups) => new() { Groups = groups };

    private static RollingPointwiseConvolution Rpw(int groups, double overlap) => new() { Filters = 64, Groups = groups, Overlap = overlap };

    private static Layer[] Twice(params Layer[] block) => [.. block, .. block];

    private static void AssertHolds(Layer[] block, Layer[] standard)
    {
        var verdict = ReplacementRule.Check(block, standard, Input);
        Assert.IsTrue(verdict.Holds, verdict.ToString());
    }

    [TestMethod]
    public void A_Xceptions_PW_DW_can_replace_a_convolution() => AssertHolds([Pw, Dw], [Standard]);

    [TestMethod]
    public void B_MobileNets_DW_PW_can_replace_a_convolution() => AssertHolds([Dw, Pw], [Standard]);

    [TestMethod]
    public void C_clcNets_GC_interlace_GPW_twice_can_replace_two_convolutions()
    {
        Layer[] block = [new Convolution { Filters = 64, Groups = 16 }, Shuffle(2), Gpw(2)];
        AssertHolds(Twice(block), [Standard, Standard]);
        var once = ReplacementRule.Check(block, [Standard], Input);
        Assert.IsFalse(once.Quality);
        Assert.AreEqual("channels: 32 of 64 after one block; 64 after two", once.QualityReason);
    }

    [TestMethod]
    public void D_ShuffleNets_GPW_shuffle_DW_GPW_can_replace_a_convolution()
    {
        AssertHolds([Gpw(4), Shuffle(4), Dw, Gpw(4)], [Standard]);
        AssertHolds([Gpw(8), Shuffle(8), Dw, Gpw(8)], [Standard]);
    }

    [TestMethod]
    [DataRow(2)]
    [DataRow(4)]
    [DataRow(8)]
    public void E_DW_shuffle_GPW_twice_can_replace_two_convolutions(int groups)
    {
        AssertHolds(Twice(Dw, Shuffle(groups), Gpw(groups)), [Standard, Standard]);
        Assert.IsFalse(ReplacementRule.Check([Dw, Shuffle(groups), Gpw(groups)], [Standard], Input).Quality);
    }

    [TestMethod]
    [DataRow(2, 1 / 3d)]
    [DataRow(2, 0.5)]
    [DataRow(4, 1 / 3d)]
    [DataRow(4, 0.5)]
    public void F_DW_RPW_twice_can_replace_two_convolutions(int groups, double overlap) => AssertHolds(Twice(Dw, Rpw(groups, overlap)), [Standard, Standard]);

    [TestMethod]
    public void DW_GPW_without_a_shuffle_is_refused()
    {
        // Table 6: 4 to 6 points of accuracy lost at 4 and 8 groups.
        var verdict = ReplacementRule.Check(Twice(Dw, Gpw(2)), [Standard, Standard], Input);
        Assert.IsFalse(verdict.Quality);
        Assert.AreEqual("channels: 32 of 64 after one block; never more than 32", verdict.QualityReason);
    }

    [TestMethod]
    public void A_kernel_too_many_breaks_the_compact_condition_by_name()
    {
        var verdict = ReplacementRule.Check([Pw, Dw, Pw], [Standard], Input);
        Assert.IsTrue(verdict.Quality);
        Assert.IsFalse(verdict.Compact);
        Assert.AreEqual("without kernel 1, the PW, it would see as much", verdict.CompactReason);
        // DW+PW replaces each convolution of a run; for the run as a whole one of two PW is redundant.
        Assert.IsFalse(ReplacementRule.Check(Twice(Dw, Pw), [Standard, Standard], Input).Compact);
    }

    [TestMethod]
    public void A_smaller_window_breaks_the_quality_condition()
    {
        var verdict = ReplacementRule.Check([Dw, Pw], [Standard with { Size = new Size2D(5, 3) }], Input);
        Assert.IsFalse(verdict.Quality);
        Assert.AreEqual("height and width: 3x3 instead of 5x3", verdict.QualityReason);
    }

    [TestMethod]
    public void On_one_pixel_a_depthwise_kernel_is_superfluous_unless_fields_may_grow()
    {
        var pixel = new TensorShape(64, 1, 1);
        Assert.IsFalse(ReplacementRule.Check([Dw, Pw], [Standard], pixel).Compact);
        Assert.IsTrue(ReplacementRule.Check([Dw, Pw], [Standard], pixel, ReceptiveFieldClamping.Unclamped).Holds);
    }

    [TestMethod]
    public void A_block_that_makes_another_shape_cannot_replace_a_convolution()
    {
        var verdict = ReplacementRule.Check([Dw with { Stride = 2 }, Pw with { Filters = 8 }], [Standard], new TensorShape(64, 8, 8));
        Assert.IsFalse(verdict.Quality);
        Assert.AreEqual("it makes 4x4x8 of 8x8x64, the standard kernels 8x8x64", verdict.QualityReason);
    }

    [TestMethod]
    public void Blocks_with_shortcuts_are_judged_with_them()
    {
        // ShuffleNet's own unit: the shortcut alone sees one channel, the branch all.
        var block = new Block { Layers = [Gpw(4), Shuffle(4), Dw, Gpw(4)], Residual = true };
        Assert.IsTrue(ReplacementRule.Check(block, Block.Convolution(64), Input).Holds);
        // Two groups that see halves: the shortcut adds a channel of the other one, so that every channel sees more than its half.
        var swapped = new Block { Layers = [Dw, Shuffle(2), Gpw(2)], Residual = true };
        Assert.StartsWith("channels: 32 of 64 after one block", ReplacementRule.Check(swapped with { Residual = false }, Block.Convolution(64), Input).QualityReason);
        Assert.IsFalse(ReplacementRule.Check(swapped, Block.Convolution(64), Input).Quality);
    }

    [TestMethod]
    public void A_block_that_progresses_slowly_is_distinguished_from_one_that_never_reaches_all_channels()
    {
        var slow = new RollingPointwiseConvolution { Filters = 128, Groups = 64 };
        var verdict = ReplacementRule.Check([Dw, slow with { Overlap = 0.5 }], [new Convolution { Filters = 128 }], new TensorShape(128, 8, 8));
        Assert.AreEqual("channels: 2 of 128 after one block; 33 after 32", verdict.QualityReason);
    }

    [TestMethod]
    public void Kernels_that_cannot_run_are_an_error_that_says_why()
    {
        Assert.Contains("7 groups, which do not divide its 64 input channels", Assert.ThrowsExactly<ArgumentException>(() => ReplacementRule.Check([Gpw(7)], [Pw], Input)).Message);
        Assert.AreEqual("standard", Assert.ThrowsExactly<ArgumentException>(() => ReplacementRule.Check([Pw], [Gpw(7)], Input)).ParamName);
        Assert.ThrowsExactly<ArgumentException>(() => ReplacementRule.Check([], [Pw], Input));
        Assert.ThrowsExactly<ArgumentException>(() => ReplacementRule.Check(default(System.Collections.Immutable.ImmutableArray<Layer>), [Pw], Input));
        Assert.ThrowsExactly<ArgumentException>(() => ReplacementRule.Check([Pw], [null!], Input));
        Assert.ThrowsExactly<ArgumentException>(() => ReplacementRule.Check([Pw], [Pw], default));
        Assert.ThrowsExactly<ArgumentException>(() => ReplacementRule.Check([Pw], [Pw], new TensorShape(-1, 8, 8)));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ReplacementRule.Check([Pw], [Pw], Input, (ReceptiveFieldClamping)9));
        Assert.Contains("are followed one by one", Assert.ThrowsExactly<ArgumentException>(() => ReplacementRule.Check([Gpw(2)], [Pw], new TensorShape(1_000_000, 8, 8))).Message);
    }
}
