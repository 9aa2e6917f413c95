namespace Rf3d.MLNet;

/// <summary>The validation images that are training images too, pixel by pixel.</summary>
internal static class ValidationOverlap
{
    /// <summary>
    /// Compares every image with every other. Files that differ may be equal here: what counts is what the network sees, after decoding and resizing.
    /// </summary>
    /// <returns>Rows of the validation set, rising, each with the first row of the training set that it equals.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IReadOnlyList<(long Validation, long Training)> Of(ImageSubset training, ImageSubset validation, CancellationToken cancellation)
    {
        // One set alone, and its digests, where a part of it is held out.
        var trained = ImageDigests.Of(training.Set, cancellation);
        var validated = ReferenceEquals(training.Set, validation.Set) ? trained : ImageDigests.Of(validation.Set, cancellation);
        var rows = new Dictionary<UInt128, long>();
        foreach (var row in training.Indices.data<long>())
            rows.TryAdd(trained[row], row);
        var shared = new List<(long Validation, long Training)>();
        foreach (var row in validation.Indices.data<long>())
        {
            if (rows.TryGetValue(validated[row], out var same))
                shared.Add((row, same));
        }
        return shared;
    }
}
