using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Rf3d.MLNet;

/// <summary>One number for the pixels of each image: equal pixels have equal numbers, and others have others for all that one will ever see.</summary>
internal static class ImageDigests
{
    private const int BytesInPart = 4_000_000;

    /// <returns>The first 128 bits of the SHA-256 of each image, in the order of the set.</returns>
    public static UInt128[] Of(ImageSet images, CancellationToken cancellation)
    {
        var size = images.Height * images.Width * 3;
        var digests = new UInt128[images.Count];
        // Many images a part: a view of a tensor costs more than the digest of a small image.
        var imagesInPart = Math.Max(1, BytesInPart / size);
        var parts = (int)((images.Count + imagesInPart - 1) / imagesInPart);
        Parallel.For(0, parts, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, part =>
        {
            var first = (long)part * imagesInPart;
            using var view = images.Pixels.narrow(0, first, Math.Min(imagesInPart, images.Count - first));
            ReadOnlySpan<byte> pixels = view.bytes;
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            for (var i = 0; i * size < pixels.Length; i++)
            {
                SHA256.HashData(pixels.Slice(i * size, size), hash);
                digests[first + i] = BinaryPrimitives.ReadUInt128LittleEndian(hash);
            }
        });
        return digests;
    }
}
