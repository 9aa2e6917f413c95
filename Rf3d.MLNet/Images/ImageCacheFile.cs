using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;

namespace Rf3d.MLNet;

/// <summary>
/// A file of decoded images: a header of fixed length; the pixels, in the order in which they were decoded; a table with the key, where each row's pixels
/// are, and the survey. The header and the table are held together by one checksum, and each image's pixels by the digest that the survey has of it.
/// </summary>
internal sealed class ImageCacheFile : IDisposable
{
    private const int BytesInPart = 4_000_000;

    private readonly SafeFileHandle _file;
    private readonly int[] _places;

    /// <param name="file">Belongs to the object.</param>
    /// <param name="places">Where the pixels of each row are.</param>
    /// <param name="index">The index of the images.</param>
    /// <param name="unlabelled">Rows of the data that are left out for lack of a label.</param>
    /// <param name="rows">Tells the rows of the data from those of other data from the same source.</param>
    internal ImageCacheFile(SafeFileHandle file, int[] places, ImageIndex index, long unlabelled, string rows) =>
        (_file, _places, Index, Unlabelled, Rows) = (file, places, index, unlabelled, rows);

    public ImageIndex Index { get; }

    /// <summary>Rows of the data that are left out for lack of a label.</summary>
    public long Unlabelled { get; }

    /// <summary>Tells the rows of the data from those of other data from the same source.</summary>
    public string Rows { get; }

    /// <summary>What the data set knew of its files when the images were decoded.</summary>
    public byte[] Files { get; private init; } = [];

    /// <summary>Opens a file and checks every byte of it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">The source and preparation that the file must have.</param>
    /// <param name="cancellation">Ends the check.</param>
    /// <exception cref="FormatException">It is damaged, or of other images; the message says which, as the rest of a sentence about it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ImageCacheFile Open(string path, string key, CancellationToken cancellation)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        try
        {
            var cache = Read(file, key);
            cache.CheckPixels(cancellation);
            return cache;
        }
        catch (AggregateException errors)
        {
            file.Dispose();
            ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
            throw;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads the pixels of a row. Any number of threads may.</summary>
    /// <exception cref="IOException">It cannot be read, or has become shorter.</exception>
    public void Read(long row, Span<byte> pixels) => Fill(_file, pixels, PixelsAt(_places[row]));

    public void Dispose() => _file.Dispose();

    private long PixelsAt(long place) => ImageCacheHeader.Length + (place * Index.ImageBytes);

    private static ImageCacheFile Read(SafeFileHandle file, string key)
    {
        var length = RandomAccess.GetLength(file);
        if (length < ImageCacheHeader.Length)
            throw new FormatException("is cut short");
        var bytes = new byte[ImageCacheHeader.Length];
        Fill(file, bytes, 0);
        var header = ImageCacheHeader.Read(bytes);
        if (header.FileLength != length)
            throw new FormatException(length < header.FileLength ? "is cut short" : "is damaged: it is too long");
        var table = new byte[header.TableLength];
        Fill(file, table, header.TableAt);
        if (!header.Checksum(table).AsSpan().SequenceEqual(header.Hash))
            throw new FormatException("is damaged: its checksum is wrong");
        var content = ImageCacheTable.Read(table, header);
        return content.Key == key
            ? new(file, content.Places, new ImageIndex(header.Height, header.Width, content.Images), content.Unlabelled, content.Rows) { Files = content.Files }
            : throw new FormatException("is of other images, or of images prepared in another way");
    }

    /// <summary>Compares all pixels with their digests, in the order of the file.</summary>
    private void CheckPixels(CancellationToken cancellation)
    {
        var rows = new int[_places.Length];
        for (var row = 0; row < rows.Length; row++)
            rows[_places[row]] = row;
        var imagesInPart = Math.Max(1, BytesInPart / Index.ImageBytes);
        var parts = (rows.Length + imagesInPart - 1) / imagesInPart;
        var options = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
        var isDamaged = false;
        Parallel.For(0, parts, options, () => new byte[imagesInPart * Index.ImageBytes], (part, loop, buffer) =>
        {
            var first = part * imagesInPart;
            var count = Math.Min(imagesInPart, rows.Length - first);
            var pixels = buffer.AsSpan(0, count * Index.ImageBytes);
            Fill(_file, pixels, PixelsAt(first));
            for (var i = 0; i < count; i++)
            {
                if (ImageEntry.DigestOf(pixels.Slice(i * Index.ImageBytes, Index.ImageBytes)) != Index[rows[first + i]].Digest)
                {
                    Volatile.Write(ref isDamaged, true);
                    loop.Stop();
                }
            }
            return buffer;
        }, _ => { });
        if (isDamaged)
            throw new FormatException("is damaged: an image in it is not what was written");
    }

    private static void Fill(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        for (var done = 0; done < bytes.Length;)
        {
            var read = RandomAccess.Read(file, bytes[done..], offset + done);
            if (read == 0)
                throw new IOException("The image cache became shorter while it was in use. Nothing else must write to it; train again.");
            done += read;
        }
    }
}
