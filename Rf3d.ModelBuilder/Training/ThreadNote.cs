using System.Collections.Immutable;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>A note that the number of threads changed during a training.</summary>
internal static class ThreadNote
{
    /// <returns>The note; null where the number was the same throughout.</returns>
    public static string? Of(ImmutableArray<ThreadChange> changes) => changes.IsEmpty
        ? null
        : Numbers.Text($"Training used {changes.Min(change => Math.Min(change.From, change.To))} to {changes.Max(change => Math.Max(change.From, change.To))} threads, depending on the number of free cores. With --deterministic the number does not change.");
}
