using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Values and gradients of several convex functions at a time.</summary>
/// <param name="points">[functions, variables].</param>
/// <returns>[functions] and [functions, variables], in the caller's scope.</returns>
internal delegate (Tensor Values, Tensor Gradients) ConvexFunctions(Tensor points);

/// <summary>
/// L-BFGS (Liu and Nocedal, "On the Limited Memory BFGS Method for Large Scale Optimization", 1989) for several convex functions in step with each other, so that
/// their common part is computed in one product. Each has its own directions and lengths of steps, and does not change once it is at its minimum.
/// </summary>
internal sealed class QuasiNewton
{
    private const double SufficientDecrease = 1e-4;
    private const int MostHalvings = 25;

    private readonly LinkedList<Pair> _pairs = new();

    /// <summary>Steps and changes of gradients that the curvature is estimated from.</summary>
    public int Memory { get; init; } = 12;

    public int MostIterations { get; init; } = 2000;

    /// <summary>A function is at its minimum when the largest part of its gradient is at most this.</summary>
    public double Tolerance { get; init; } = 1e-7;

    /// <summary>Where the minima are, as well as the numbers of the tensors permit. [functions, variables].</summary>
    /// <exception cref="InvalidOperationException">At the start a value or a gradient is infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Tensor Minimise(ConvexFunctions functions, Tensor start, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var at = Evaluate(functions, start.clone());
        // A gradient that is not a number is not above the tolerance: it would count as one at a minimum.
        if (!IsFinite(at.Values) || !IsFinite(at.Gradients))
            throw new InvalidOperationException("The classifier cannot be learned: its loss at the start is infinite or not a number. Check the weights of the classes, the weights of the network, and the mean and deviation that pixels are normalised by.");
        var isDone = HasArrived(at);
        try
        {
            for (var i = 0; i < MostIterations && !AreAll(isDone); i++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var step = NewDisposeScope();
                var (next, isStuck) = Step(functions, at, isDone);
                Remember(at, next);
                var (last, wasDone) = (at, isDone);
                isDone = HasArrived(next).logical_or(isStuck).MoveToOuterDisposeScope();
                at = next.MoveToOuterScope();
                // Not at the end: for many classes and features each is of 100 MB and more.
                last.Dispose();
                wasDone.Dispose();
            }
        }
        finally
        {
            foreach (var pair in _pairs)
                pair.Dispose();
            _pairs.Clear();
        }
        return at.Points.MoveToOuterDisposeScope();
    }

    private static Place Evaluate(ConvexFunctions functions, Tensor points)
    {
        var (values, gradients) = functions(points);
        return new(points, values, gradients);
    }

    private Tensor HasArrived(Place at) => at.Gradients.abs().amax([1]).IsAbove(Tolerance).logical_not();

    private (Place Next, Tensor IsStuck) Step(ConvexFunctions functions, Place at, Tensor isDone)
    {
        var direction = Direction(at.Gradients).FillInPlace(isDone.unsqueeze(1), 0);
        var slope = Dot(at.Gradients, direction);
        // A difference within rounding does not count.
        var allowed = at.Values.Plus(at.Values.abs().Times(at.Values.dtype == ScalarType.Float64 ? 1e-15 : 1e-7));
        var length = ones_like(at.Values);
        if (_pairs.Count == 0)
            length = at.Gradients.norm(1).AtLeast(1).reciprocal();
        for (var halvings = 0; ; halvings++)
        {
            using var trial = NewDisposeScope();
            var next = Evaluate(functions, at.Points.Plus(direction.mul(length.unsqueeze(1))));
            var isLower = next.Values.le(allowed.Plus(slope.mul(length).Times(SufficientDecrease))).logical_or(isDone);
            if (AreAll(isLower))
                return (next.MoveToOuterScope(), isDone.logical_or(length.Is(0)).MoveToOuterDisposeScope());
            if (halvings > MostHalvings)
                return (next.MoveToOuterScope(), isLower.logical_not().MoveToOuterDisposeScope());
            // Not a number, or no decrease at any length: it stays where it is.
            length = where(isLower, length, halvings < MostHalvings ? length.Over(2) : zeros_like(length)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Minus the estimated inverse of the curvature times the gradient.</summary>
    private Tensor Direction(Tensor gradients)
    {
        var direction = gradients.negative();
        if (_pairs.Count == 0)
            return direction;
        var shares = new Stack<Tensor>();
        for (var node = _pairs.Last; node is not null; node = node.Previous)
        {
            var share = node.Value.Inverse.mul(Dot(node.Value.Step, direction));
            shares.Push(share);
            direction = direction.sub(node.Value.Change.mul(share.unsqueeze(1)));
        }
        direction = direction.mul(_pairs.Last!.Value.Scale.unsqueeze(1));
        for (var node = _pairs.First; node is not null; node = node.Next)
        {
            var share = node.Value.Inverse.mul(Dot(node.Value.Change, direction));
            direction = direction.PlusInPlace(node.Value.Step.mul(shares.Pop().sub(share).unsqueeze(1)));
        }
        return direction;
    }

    private void Remember(Place at, Place next)
    {
        var (step, change) = (next.Points.sub(at.Points), next.Gradients.sub(at.Gradients));
        var (curvature, square) = (Dot(step, change), Dot(change, change));
        // Of a step without curvature, as that of a function at its minimum, nothing is taken.
        var isUsable = curvature.IsAbove(0).logical_and(square.IsAbove(0));
        var nothing = zeros_like(curvature);
        var last = _pairs.Last?.Value.Scale ?? ones_like(curvature);
        var pair = new Pair(step, change, where(isUsable, curvature.reciprocal(), nothing), where(isUsable, curvature.div(square), last));
        _pairs.AddLast(pair.Kept());
        if (_pairs.Count <= Memory)
            return;
        _pairs.First!.Value.Dispose();
        _pairs.RemoveFirst();
    }

    private static bool AreAll(Tensor flags)
    {
        using var all = flags.all();
        return all.item<bool>();
    }

    private static bool IsFinite(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.isfinite().all().item<bool>();
    }

    private static Tensor Dot(Tensor a, Tensor b) => a.mul(b).sum(dim: 1);

    private sealed record Place(Tensor Points, Tensor Values, Tensor Gradients) : IDisposable
    {
        public Place MoveToOuterScope()
        {
            foreach (var tensor in new[] { Points, Values, Gradients })
                tensor.MoveToOuterDisposeScope();
            return this;
        }

        public void Dispose()
        {
            Points.Dispose();
            Values.Dispose();
            Gradients.Dispose();
        }
    }

    /// <summary>A step, how the gradient changed by it, the inverse of their product, and the scale of the inverse curvature along it.</summary>
    private sealed record Pair(Tensor Step, Tensor Change, Tensor Inverse, Tensor Scale) : IDisposable
    {
        public Pair Kept() => new(Step.DetachFromDisposeScope(), Change.DetachFromDisposeScope(), Inverse.DetachFromDisposeScope(), Scale.DetachFromDisposeScope());

        public void Dispose()
        {
            Step.Dispose();
            Change.Dispose();
            Inverse.Dispose();
            Scale.Dispose();
        }
    }
}
