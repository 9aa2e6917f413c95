using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rf3d.Datasets;

/// <summary>The content of an image file, in memory that is used again. Of a file that is not an image, or too large, only the beginning is read.</summary>
internal sealed class ImageFileContent : IDisposable
{
    // Enough for the header of most files.
    private const int HeaderLength = 1 << 20;

    // Longer files are rare: memory for them is not kept.
    private const int LongestKept = 1 << 26;

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
            using var file = Open(path);
            return Read(file, maxPixels);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BadImageException("there is no such file; it may have been deleted or moved", error);
        }
        catch (NotSupportedException error)
        {
            // A pipe has no length.
            throw new BadImageException("it is not a regular file", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BadImageException($"the file could not be opened ({error.Message})", error);
        }
    }

    public void Dispose()
    {
        if (Bytes.Length <= LongestKept)
            ArrayPool<byte>.Shared.Return(Bytes);
    }

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
                if (length > Math.Min(longest, Array.MaxLength))
                    throw new BadImageException(string.Create(CultureInfo.InvariantCulture, $"the file is too large for an image of its size ({length:#,0} bytes)"));
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

    /// <summary>Opens without waiting: to open a pipe as usual lasts until somebody writes to it, and only the system itself can tell what a path with links leads to.</summary>
    /// <exception cref="IOException">The file cannot be opened; <see cref="FileNotFoundException"/> where there is none.</exception>
    public static SafeFileHandle Open(string path)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            return File.OpenHandle(path, options: FileOptions.SequentialScan);
        if (path.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("its path has a null character");
        const int NoSuchFile = 2, NotADirectory = 20, Interrupted = 4;
        // O_RDONLY with O_NONBLOCK, O_NOCTTY and O_CLOEXEC.
        var flags = OperatingSystem.IsLinux() ? 0x800 | 0x100 | 0x80000 : 0x4 | 0x20000 | 0x1000000;
        while (true)
        {
            var descriptor = OpenNative(path, flags);
            if (descriptor >= 0)
                return new SafeFileHandle(descriptor, ownsHandle: true);
            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    continue;
                case NoSuchFile or NotADirectory:
                    throw new FileNotFoundException(null, path);
                default:
                    throw new IOException(Marshal.GetLastPInvokeErrorMessage());
            }
        }
    }

#pragma warning disable SYSLIB1054 // LibraryImport needs unsafe code, which generated applications do not allow.
    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenNative([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
#pragma warning restore SYSLIB1054
}
