using Rf3d.MLNet.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Adaptation;

[TestClass]
public class QuasiNewtonTests
{
    private const int Variables = 40;

    [TestMethod]
    public void The_number_of_tensors_does_not_grow_with_the_iterations()
    {
        using var scope = NewDisposeScope();
        _ = LiveTensors.Count();
        List<long> counts = [];
        var minimum = new QuasiNewton { Memory = 3 }.Minimise(points => Counted(points, counts), zeros(2, Variables, dtype: ScalarType.Float64), default);
        Assert.IsLessThan(1e-4, minimum.sub(1).abs().max().item<double>());
        Assert.IsGreaterThan(40, counts.Count);
        // A length that is tried in vain leaves its successor, and those of a step go with it.
        Assert.IsLessThan(20, counts.Max() - counts[10..25].Min());
    }

    [TestMethod]
    public void Nothing_is_left_of_a_minimisation_that_is_cancelled()
    {
        using var end = new CancellationTokenSource();
        using var start = zeros(2, Variables, dtype: ScalarType.Float64);
        var before = LiveTensors.Count();
        List<long> counts = [];
        Assert.ThrowsExactly<OperationCanceledException>(() =>
        {
            using var scope = NewDisposeScope();
            new QuasiNewton().Minimise(
                points =>
                {
                    if (counts.Count == 10)
                        end.Cancel();
                    return Counted(points, counts);
                },
                start,
                end.Token);
        });
        // Without a collection: memory that a finalizer frees is memory that is kept.
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    [TestMethod]
    [DataRow(double.NaN, 0.0)]
    [DataRow(0.0, double.NaN)]
    [DataRow(double.PositiveInfinity, 1.0)]
    public void A_start_without_a_finite_value_and_gradient_is_an_error_and_no_minimum(double value, double gradient)
    {
        using var start = zeros(2, Variables, dtype: ScalarType.Float64);
        var before = LiveTensors.Count();
        Assert.ThrowsExactly<InvalidOperationException>(() =>
        {
            using var scope = NewDisposeScope();
            new QuasiNewton().Minimise(points => (tensor(new[] { 0, value }), zeros_like(points).add(gradient)), start, default);
        });
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    /// <summary>Sums of squared distances to 1, whose weights spread over four decades, so that some dozen steps are needed.</summary>
    private static (Tensor Values, Tensor Gradients) Counted(Tensor points, List<long> counts)
    {
        counts.Add(Tensor.TotalCount);
        var weights = pow(10, linspace(0, 4, Variables, dtype: ScalarType.Float64));
        var distance = points.sub(1);
        return (distance.square().mul(weights).sum(dim: 1), distance.mul(weights).mul(2));
    }
}
