using System.Globalization;

namespace Rf3d.Benchmarks;

/// <summary>The rolling pointwise convolution in ONNX Runtime on the CPU: the product's graph against others of the same kernel.</summary>
internal static class RpwOnnxBenchmark
{
    public const string Pointwise = "PW";
    public const string Grouped = "GPW";
    public const string Rolling = "RPW";
    public const string Scattered = "scattered";
    public const string Halves = "halves";
    public const string Stack = "stack";

    public sealed record Result(RollingShape Shape, RoundTimes Times);

    /// <inheritdoc cref="RpwBenchmark.Run"/>
    public static IReadOnlyList<Result> Run(IReadOnlyList<RollingShape> shapes, RoundBudget budget, long mostStackBytes)
    {
        var results = new Dictionary<RollingShape, Result>();
        Measure(shapes.MinBy(shape => shape.Work)!, new RoundBudget(TimeSpan.Zero, 1, 1), withStack: true);

        // Those with long rounds first, which get the fewest rounds anyway: the others share the rest.
        foreach (var shape in shapes.OrderByDescending(shape => shape.Work))
        {
            var result = results[shape] = new(shape, Measure(shape, budget, shape.StackBytes <= mostStackBytes));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{results.Count}/{shapes.Count} batch {shape.Batch} {shape.Channels}@{shape.Spatial} g={shape.Groups} o={RollingShape.Name(shape.Overlap)}: n={result.Times.Rounds} PW {Report.Milliseconds(result.Times.Milliseconds(Pointwise).Median)} ms, RPW/PW {Report.Ratio(result.Times.Ratio(Rolling, Pointwise).Median)}"));
        }
        return [.. shapes.Select(shape => results[shape])];
    }

    private static RoundTimes Measure(RollingShape shape, RoundBudget budget, bool withStack)
    {
        var weights = RpwOnnxGraphs.Draw(shape.Channels * shape.Windows.Width);
        var input = RpwOnnxGraphs.Draw((int)(shape.Batch * shape.Tensor.Volume));
        var sessions = new Dictionary<string, OnnxSession>();
        try
        {
            Add(Pointwise, RpwOnnxGraphs.Pointwise(shape));
            Add(Grouped, RpwOnnxGraphs.Grouped(shape, weights));
            Add(Rolling, RpwOnnxGraphs.Rolling(shape, weights));
            Add(Scattered, RpwOnnxGraphs.Scattered(shape, weights));
            if (shape.HasHalves)
                Add(Halves, RpwOnnxGraphs.Halves(shape, weights));
            if (withStack)
                Add(Stack, RpwOnnxGraphs.Stack(shape, weights));
            RequireAgreement(shape, sessions);
            return Alternating.Measure([.. sessions.Select(session => new Rival(session.Key, session.Value.Run))], budget);
        }
        finally
        {
            foreach (var session in sessions.Values)
                session.Dispose();
        }

        void Add(string name, byte[] model) => sessions.Add(name, new(model, input, shape));
    }

    private static void RequireAgreement(RollingShape shape, Dictionary<string, OnnxSession> sessions)
    {
        foreach (var session in sessions.Values)
            session.Run();
        var expected = sessions[Rolling].Output;
        foreach (var name in new[] { Scattered, Halves, Stack }.Where(sessions.ContainsKey))
        {
            var difference = expected.Zip(sessions[name].Output, (one, other) => Math.Abs(one - other)).Max();
            if (!(difference <= 1e-5 * expected.Max(Math.Abs)))
                throw new InvalidOperationException($"{name} computes something else than the product's graph for {shape}: they differ by {difference}.");
        }
    }
}
