using Rf3d.Benchmarks;

namespace Rf3d.MLNet.Tests.Benchmarks;

/// <summary>Invented trainings of the paper's Table 2.</summary>
internal static class PaperResults
{
    public static PaperTable Table { get; } = PaperTables.Of(2);

    public static PaperRecipe Recipe { get; } = new(15, 512, 50_000, LearningRateSchedule.OneCycle, PaperRecipe.LearningRateFor(512), TrainingPrecision.BFloat16, "cuda");

    public static PaperResult Of(string row, int seed, double? accuracy = 0.9, double seconds = 10) =>
        new(new(2, row, seed), Recipe, accuracy, 0.95, 10_000, seconds, 60_000, "a card", "versions");
}
