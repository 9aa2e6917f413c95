namespace Rf3d.MLNet;

/// <summary>The validation images that are training images too, pixel by pixel.</summary>
internal static class ValidationOverlap
{
    /// <summary>
    /// Compares every image with every other. Files that differ may be equal here: the pixels that the network sees are compared, after decoding and resizing.
    /// </summary>
    /// <returns>Rows of the validation set, rising, each with the first row of the training set that it equals.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IReadOnlyList<(long Validation, long Training)> Of(ImageSubset training, ImageSubset validation, CancellationToken cancellation)
    {
        var rows = new Dictionary<UInt128, long>();
        cancellation.ThrowIfCancellationRequested();
        foreach (var row in training.Indices.data<long>())
            rows.TryAdd(training.Set.Index[row].Digest, row);
        var shared = new List<(long Validation, long Training)>();
        foreach (var row in validation.Indices.data<long>())
        {
            if (rows.TryGetValue(validation.Set.Index[row].Digest, out var same))
                shared.Add((row, same));
        }
        return shared;
    }
}
