namespace Rf3d.MLNet;

/// <summary>Takes in images as they are decoded, from several threads and in any order.</summary>
internal interface IImageSink
{
    /// <param name="pixels">Red, green and blue of each pixel of one image.</param>
    /// <returns>The place of the image, by which it is found again; negative when there is no room for it.</returns>
    long Add(ReadOnlySpan<byte> pixels);
}
