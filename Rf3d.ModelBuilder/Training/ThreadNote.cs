using System.Collections.Immutable;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>Says that a training had other numbers of threads than at its start.</summary>
internal static class ThreadNote
{
    /// <returns>The note; null where the number was the same throughout.</returns>
    public static string? Of(ImmutableArray<ThreadChange> changes) => changes.IsEmpty
        ? null
        : Numbers.Text($"Training used {changes.Min(change => Math.Min(change.From, change.To))} to {changes.Max(change => Math.Max(change.From, change.To))} threads, as there were cores free. With --deterministic the number does not change.");
}
