using System.Globalization;

namespace Rf3d.Datasets;

/// <summary>The content of an image file that comes from a stream. If it is not an image, or too large, only the beginning is read.</summary>
internal sealed class ImageStreamContent
{
    // Enough for the header of most files.
    private const int HeaderLength = 1 << 20;
    private const int SmallestBuffer = 1 << 14;

    private readonly long _maxPixels;
    private long _longest = long.MaxValue;

    private ImageStreamContent(long maxPixels, int capacity) => (_maxPixels, Bytes) = (maxPixels, new byte[capacity]);

    /// <summary>Holds the content, at its beginning.</summary>
    public byte[] Bytes { get; private set; }

    /// <summary>The number of bytes of the content.</summary>
    public int Length { get; private set; }

    /// <param name="stream">Read to its end.</param>
    /// <param name="maxPixels">Height times width that the image may have.</param>
    /// <exception cref="BadImageException">The stream cannot be read, is not an image, or too large.</exception>
    public static ImageStreamContent Read(Stream stream, long maxPixels)
    {
        var content = new ImageStreamContent(maxPixels, Capacity(stream));
        try
        {
            while (stream.Read(content.Room().Span) is > 0 and var read)
                content.Take(read);
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            throw Unreadable(error);
        }
        return content;
    }

    /// <inheritdoc cref="Read"/>
    public static async Task<ImageStreamContent> ReadAsync(Stream stream, long maxPixels, CancellationToken cancellation)
    {
        var content = new ImageStreamContent(maxPixels, Capacity(stream));
        try
        {
            while (await stream.ReadAsync(content.Room(), cancellation).ConfigureAwait(false) is > 0 and var read)
                content.Take(read);
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            throw Unreadable(error);
        }
        return content;
    }

    private Memory<byte> Room()
    {
        if (Length == Bytes.Length)
        {
            var larger = new byte[(int)Math.Min(Array.MaxLength, 2L * Bytes.Length)];
            Bytes.CopyTo(larger, 0);
            Bytes = larger;
        }
        return Bytes.AsMemory(Length);
    }

    private void Take(int read)
    {
        Length += read;
        if (_longest == long.MaxValue && Length >= HeaderLength)
            _longest = Math.Min(ImageDecoder.LongestFile(Bytes, Length, _maxPixels), Array.MaxLength - 1);
        if (Length > _longest)
            throw new BadImageException(string.Create(CultureInfo.InvariantCulture, $"the content is too large for an image of its size (more than {_longest:#,0} bytes)"));
    }

    // One byte more than there is: the end of the stream is read without another buffer.
    private static int Capacity(Stream stream) => stream.CanSeek
        ? (int)Math.Clamp(stream.Length - stream.Position + 1, 1, HeaderLength)
        : SmallestBuffer;

    private static BadImageException Unreadable(Exception error) => new($"the stream cannot be read ({error.Message.TrimEnd('.')})", error);
}
