namespace Rf3d.MLNet;

/// <summary>The images that training is going to ask for.</summary>
/// <param name="Rows">Rows of the set, in the order in which they will be asked for.</param>
/// <param name="BatchSize">How many at a time; the last time there may be fewer.</param>
/// <param name="Pass">The pass whose order they are in, as <see cref="ImageStore.Order"/> took it; null for an order of the caller's own, rising where a store has to be read from front to back.</param>
internal sealed record ImageRequest(long[] Rows, int BatchSize, int? Pass);
