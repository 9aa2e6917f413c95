using Microsoft.ML.OnnxRuntime;

namespace Rf3d.Benchmarks;

/// <summary>The cost of the scatter in the graph when it is loaded, and its saving in the file.</summary>
internal static class RpwOnnxFiles
{
    public const string InGraph = "scattered in the graph";
    public const string InFile = "dense in the file";

    public sealed record Result(RollingShape Shape, int BytesInGraph, int BytesInFile, RoundTimes LoadTimes);

    public static IReadOnlyList<Result> Measure(IEnumerable<RollingShape> shapes, int rounds)
    {
        // Batch and image sizes make no difference to the weights.
        var kernels = shapes.DistinctBy(shape => shape.Layer).ToList();
        var budget = new RoundBudget(TimeSpan.FromSeconds(20), kernels.Count, rounds);
        return [.. kernels.Select(shape => Measure(shape, budget))];
    }

    private static Result Measure(RollingShape shape, RoundBudget budget)
    {
        var inGraph = RpwOnnxGraphs.Rolling(shape, RpwOnnxGraphs.Draw(shape.Channels * shape.Windows.Width));
        var inFile = RpwOnnxGraphs.Pointwise(shape);
        return new(shape, inGraph.Length, inFile.Length, Alternating.Measure([new(InGraph, () => Load(inGraph)), new(InFile, () => Load(inFile))], budget));
    }

    private static void Load(byte[] model) => new InferenceSession(model).Dispose();
}
