using System.Buffers.Binary;
using System.Security.Cryptography;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// The properties of all images, once each has been decoded. Splits, warnings, statistics and the fingerprint of a training take them from here, so that
/// nothing but training itself looks at pixels again.
/// </summary>
/// <param name="height">Height in pixels, of all images.</param>
/// <param name="width">Width in pixels, of all images.</param>
/// <param name="images">The images, in the order of the data.</param>
internal sealed class ImageIndex(int height, int width, ImageEntry[] images)
{
    public int Height => height;

    public int Width => width;

    public long Count => images.Length;

    /// <summary>Bytes of the pixels of one image.</summary>
    public int ImageBytes => height * width * 3;

    public ImageEntry[] Images => images;

    public ImageEntry this[long row] => images[row];

    public long[] Labels() => Array.ConvertAll(images, image => image.Label);

    /// <summary>Mean and standard deviation of each channel over all pixels of the given images, on the scale 0..255.</summary>
    public ChannelStatistics Measure(ReadOnlySpan<long> rows)
    {
        // In integers, which stay exact: 255² fits 10^14 times.
        Span<long> sums = stackalloc long[3], squares = stackalloc long[3];
        foreach (var row in rows)
        {
            ref readonly var image = ref images[row];
            Add(sums, image.Sums);
            Add(squares, image.Squares);
        }
        var count = (double)rows.Length * height * width;
        var (mean, deviation) = (new float[3], new float[3]);
        for (var channel = 0; channel < 3; channel++)
        {
            mean[channel] = (float)(sums[channel] / count);
            // A constant channel has no deviation to divide by; one grey level keeps it finite.
            deviation[channel] = (float)Math.Max(1, Math.Sqrt(Math.Max(0, (squares[channel] / count) - Math.Pow(sums[channel] / count, 2))));
        }
        return new(mean, deviation);
    }

    /// <summary>A hash over all pixels and labels in their order.</summary>
    public byte[] Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> entry = stackalloc byte[24];
        foreach (var image in images)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(entry, image.Digest);
            BinaryPrimitives.WriteInt64LittleEndian(entry[16..], image.Label);
            hash.AppendData(entry);
        }
        return hash.GetHashAndReset();
    }

    private static void Add(Span<long> totals, ChannelSums sums)
    {
        totals[0] += sums.Red;
        totals[1] += sums.Green;
        totals[2] += sums.Blue;
    }
}
