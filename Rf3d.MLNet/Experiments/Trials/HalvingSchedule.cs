using System.Collections.Immutable;
using System.Numerics;

namespace Rf3d.MLNet;

/// <summary>The cost of training a candidate.</summary>
/// <param name="SecondsPerEpoch">Of training and validation.</param>
/// <param name="Overhead">Other seconds of each trial: reading images, putting the model together, evaluating it.</param>
/// <param name="Epochs">Epochs of its whole training.</param>
/// <param name="Done">Epochs that are complete.</param>
internal sealed record TrialCost(double SecondsPerEpoch, double Overhead, int Epochs, int Done = 0);

/// <summary>
/// Successive halving (K. Jamieson, A. Talwalkar, AISTATS 2016): all train for a short while, the better half continues for twice as long, until at most four
/// are left, which train to the end: a short training under a high learning rate is a rough guess at where it would end, so the last choice is made between
/// whole ones. Each training has the learning rates of its whole length, pauses after a rung and continues in the next, so that no epoch is
/// trained twice.
/// </summary>
/// <param name="Shares">The share of its epochs that a candidate has trained after each rung; the last is 1.</param>
internal sealed record HalvingSchedule(ImmutableArray<double> Shares)
{
    private const int Finalists = 4;

    /// <param name="candidates">How many start.</param>
    /// <param name="epochs">Epochs of the shortest training: a rung has at least one.</param>
    public static HalvingSchedule Of(int candidates, int epochs)
    {
        var halvings = 0;
        for (var left = candidates; left > Finalists; left = Survivors(left))
            halvings++;
        halvings = Math.Min(halvings, BitOperations.Log2((uint)epochs));
        return new([.. Enumerable.Range(0, halvings + 1).Select(rung => Math.Pow(2, rung - halvings))]);
    }

    /// <summary>How many of the candidates, the first ones, can start if the time has to be enough even where the slowest survive. At least 1.</summary>
    public static int AffordableToStart(IReadOnlyList<TrialCost> candidates, double seconds)
    {
        for (var count = candidates.Count; count > 1; count--)
        {
            var some = candidates.Take(count).ToList();
            if (Of(count, some.Min(cost => cost.Epochs)).Seconds(0, some) <= seconds)
                return count;
        }
        return 1;
    }

    /// <summary>How many of so many continue.</summary>
    public static int Survivors(int candidates) => (candidates + 1) / 2;

    /// <summary>Epochs after which a rung is over for a training of so many.</summary>
    public int EpochsAt(int rung, int epochs) => Math.Clamp((int)Math.Round(epochs * Shares[rung]), 1, epochs);

    /// <summary>How many of the candidates, the first ones, can go through this rung and all that follow within the time, even if the slowest survive. At least 1.</summary>
    public int Affordable(int rung, IReadOnlyList<TrialCost> candidates, double seconds)
    {
        for (var count = candidates.Count; count > 1; count--)
        {
            if (Seconds(rung, candidates.Take(count)) <= seconds)
                return count;
        }
        return 1;
    }

    /// <summary>Seconds that this rung and all that follow take if the slowest survive.</summary>
    public double Seconds(int rung, IEnumerable<TrialCost> candidates)
    {
        var field = candidates.OrderByDescending(cost => cost.SecondsPerEpoch * cost.Epochs).ToList();
        var total = 0d;
        for (; rung < Shares.Length; rung++)
        {
            var at = rung;
            total += field.Sum(cost => SecondsTo(cost, EpochsAt(at, cost.Epochs)));
            field = [.. field.Take(Survivors(field.Count)).Select(cost => cost with { Done = Math.Max(cost.Done, EpochsAt(at, cost.Epochs)) })];
        }
        return total;
    }

    private static double SecondsTo(TrialCost cost, int epochs) =>
        epochs <= cost.Done ? 0 : cost.Overhead + ((epochs - cost.Done) * cost.SecondsPerEpoch);
}
