namespace Rf3d.MLNet;

/// <summary>A classifier on the device that computes it. Its members may be used from several threads, except <see cref="IDisposable.Dispose"/>.</summary>
internal interface IScoringNetwork : IDisposable
{
    /// <summary>The number of images that are scored together if none is chosen.</summary>
    int BatchSize { get; }

    /// <summary>The usual <see cref="BatchSize"/>: a GPU needs more images to be busy.</summary>
    /// <param name="gpu">The GPU; null for the CPU.</param>
    static int BatchSizeOn(int? gpu) => gpu is null ? 8 : 64;

    /// <param name="pixels">[images, channels, height, width], as the preparation of the images gives them.</param>
    /// <param name="images">The number of images.</param>
    /// <returns>Probabilities, [images, classes]; where the model has <see cref="ClassDirections"/> [images, classes + 1], the last being the similarity to the nearest class.</returns>
    float[] Score(Memory<float> pixels, int images);
}
