using System.Buffers;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Rf3d.Datasets;

/// <summary>The content of an image file, in memory that is used again. Of a file that is not an image, or too large, only the beginning is read.</summary>
internal sealed class ImageFileContent : IDisposable
{
    // Enough for the header of most files.
    private const int HeaderLength = 1 << 20;

    // Longer files are rare: memory for them is not kept.
    private const int LongestKept = 1 << 26;

    private const int InvalidNameOnWindows = unchecked((int)0x8007007B);

    private ImageFileContent(byte[] bytes) => Bytes = bytes;

    /// <summary>Holds the content, at its beginning.</summary>
    public byte[] Bytes { get; private set; }

    /// <summary>The number of bytes of the content.</summary>
    public int Length { get; private set; }

    /// <param name="path">The file.</param>
    /// <param name="maxPixels">Height times width that the image may have.</param>
    /// <exception cref="BadImageException">The file is missing, not a regular file, not an image, or too large.</exception>
    public static ImageFileContent Read(string path, long maxPixels)
    {
        try
        {
            using var file = RegularFile.Open(path);
            return Read(file, maxPixels);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BadImageException("there is no such file; it may have been deleted or moved", error);
        }
        catch (NotSupportedException error)
        {
            // A pipe has no length; a socket cannot be opened.
            throw new BadImageException("it is not a regular file", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BadImageException($"the file could not be opened ({error.Message})", error) { FileMayBeGood = !IsNoName(error) };
        }
    }

    public void Dispose()
    {
        if (Bytes.Length <= LongestKept)
            ArrayPool<byte>.Shared.Return(Bytes);
    }

    /// <summary>Whether there can be no file of this name.</summary>
    private static bool IsNoName(Exception error) => error is ArgumentException or PathTooLongException || error.HResult == InvalidNameOnWindows;

    private static ImageFileContent Read(SafeFileHandle file, long maxPixels)
    {
        var length = RandomAccess.GetLength(file);
        if (length == 0)
            throw new BadImageException("the file is empty, or not a regular file");
        var header = (int)Math.Min(length, HeaderLength);
        var content = new ImageFileContent(Rent(header));
        try
        {
            content.Fill(file, header);
            if (content.Length < length)
            {
                var longest = ImageDecoder.LongestFile(content.Bytes, content.Length, maxPixels);
                longest = Math.Min(longest, Array.MaxLength);
                if (length > longest)
                    throw new BadImageException(string.Create(CultureInfo.InvariantCulture, $"the file is too large for an image of its size ({length:#,0} bytes; at most {longest:#,0} are read)"));
                content.Grow((int)length);
                content.Fill(file, (int)length);
            }
            return content;
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    private void Fill(SafeFileHandle file, int end)
    {
        while (Length < end && RandomAccess.Read(file, Bytes.AsSpan(Length, end - Length), Length) is > 0 and var more)
            Length += more;
    }

    private void Grow(int length)
    {
        var bytes = Rent(length);
        Bytes.AsSpan(0, Length).CopyTo(bytes);
        Dispose();
        Bytes = bytes;
    }

    private static byte[] Rent(int length) => length <= LongestKept ? ArrayPool<byte>.Shared.Rent(length) : new byte[length];
}
