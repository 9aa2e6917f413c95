using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>The paper's tables of accuracies on CIFAR-10.</summary>
internal static class PaperTables
{
    public const int ImageSize = 32, Classes = 10;

    public static IReadOnlyList<int> Numbers => [2, 3, 6];

    /// <exception cref="ArgumentOutOfRangeException">Another table.</exception>
    public static PaperTable Of(int number) => number switch
    {
        2 => Table2(),
        3 => Table3(),
        6 => Table6(),
        _ => throw new ArgumentOutOfRangeException(nameof(number), number, $"Tables of accuracies on CIFAR-10 are {string.Join(", ", Numbers)}."),
    };

    private static PaperTable Table2()
    {
        var network = Create(Architecture.Vgg11);
        return new(
            2, "VGG-11 with one convolution more in a stage",
            [
                new("VGG-11", network, 92.68, 0), Variant(1, 93.56, 1.73), Variant(2, 93.46, 1.60), Variant(3, 92.75, 0.29), Variant(4, 92.58, 0), Variant(5, 92.41, 0),
            ],
            [.. Enumerable.Range(1, 5).Select(stage => new PaperComparison($"Variant-{stage}", "VGG-11"))],
            ReceptiveFieldClamping.Clamped);

        PaperRow Variant(int stage, double accuracy, double gain)
        {
            int[] depths = [.. network.GetStageDepths()];
            depths[stage - 1]++;
            return new($"Variant-{stage}", network.WithStageDepths(depths), accuracy, gain);
        }
    }

    private static PaperTable Table3() => new(
        3, "Networks as they are and organized",
        [
            new("VGG16", Create(Architecture.Vgg16), 92.64), new("VGG16-opt", Organized(Architecture.Vgg16), 92.95, 2.30),
            new("VGG19", Create(Architecture.Vgg19), 91.91), new("VGG19-opt", Organized(Architecture.Vgg19), 92.89, 3.13),
            new("MobileNet", Create(Architecture.MobileNet), 90.67), new("MobileNet-opt", Organized(Architecture.MobileNet), 92.05, 3.94),
            // The depths as the paper prints them, which Eq. 7 rates lower than the row above.
            new("MobileNet-opt as printed", Create(Architecture.MobileNet).WithStageDepths(4, 4, 2, 2, 1), 92.05, 3.94),
            new("ResNet50", Create(Architecture.ResNet50), 93.75), new("ResNet50-opt", Organized(Architecture.ResNet50), 95.79, 0.76),
        ],
        [new("VGG16-opt", "VGG16"), new("VGG19-opt", "VGG19"), new("MobileNet-opt", "MobileNet"), new("MobileNet-opt as printed", "MobileNet"), new("ResNet50-opt", "ResNet50")]);

    private static PaperTable Table6()
    {
        var network = Create(Architecture.Vgg16).WithStageDepths(4, 3, 2, 3, 1);
        return new(
            6, "Blocks of cheap kernels in the VGG16 variant [4,3,2,3,1]",
            [
                Block("Baseline", "off", 92.95), Block("DW+PW", "dw+pw", 92.12),
                Block("DW+GPW-g2", "dw+gpw-g2", 92.35), Block("DW+GPW-g4", "dw+gpw-g4", 88.05), Block("DW+GPW-g8", "dw+gpw-g8", 86.41),
                Block("DW+RPW-g2-o33%", "dw+rpw-g2-o33", 92.52), Block("DW+RPW-g2-o50%", "dw+rpw-g2-o50", 92.70),
                Block("DW+RPW-g4-o33%", "dw+rpw-g4-o33", 91.61), Block("DW+RPW-g4-o50%", "dw+rpw-g4-o50", 91.59),
                Block("DW+RPW-g8-o33%", "dw+rpw-g8-o33", 89.86), Block("DW+RPW-g8-o50%", "dw+rpw-g8-o50", 90.19),
            ],
            [
                new("DW+PW", "Baseline"), new("DW+RPW-g2-o50%", "Baseline"), new("DW+RPW-g2-o50%", "DW+PW"), new("DW+RPW-g2-o50%", "DW+RPW-g2-o33%"),
                new("DW+RPW-g2-o50%", "DW+GPW-g2"), new("DW+RPW-g4-o50%", "DW+GPW-g4"), new("DW+RPW-g8-o50%", "DW+GPW-g8"),
            ]);

        // As in the paper, every convolution but the first is replaced, also where the Rule of Kernel Replacement would not allow it.
        PaperRow Block(string name, string decomposition, double accuracy) => new(
            name, NetworkPlan.Create(network, OrganizerOptions.Off, Decomposition.Parse(decomposition) with { Rule = ReplacementRuleMode.Ignored }).Optimized, accuracy);
    }

    private static ConvNet Create(Architecture architecture) => ConvNetFactory.Create(architecture, ImageSize, ImageSize, Classes);

    /// <summary>By unclamped fields, as the paper's tables were computed.</summary>
    private static ConvNet Organized(Architecture architecture) =>
        NetworkPlan.Create(Create(architecture), new() { ReceptiveField = new() { Clamping = ReceptiveFieldClamping.Unclamped } }).Optimized;
}
