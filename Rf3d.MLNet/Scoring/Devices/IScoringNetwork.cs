namespace Rf3d.MLNet;

/// <summary>A classifier on the device that computes it. Its members may be used from several threads, except <see cref="IDisposable.Dispose"/>.</summary>
internal interface IScoringNetwork : IDisposable
{
    /// <summary>The number of images that are scored together if none is chosen.</summary>
    int BatchSize { get; }

    /// <param name="pixels">[images, channels, height, width], as the preparation of the images gives them.</param>
    /// <param name="images">The number of images.</param>
    /// <returns>Probabilities, [images, classes].</returns>
    float[] Score(Memory<float> pixels, int images);
}
