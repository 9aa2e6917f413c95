using Microsoft.Win32.SafeHandles;

namespace Rf3d.MLNet;

/// <summary>Writes an <see cref="ImageCacheFile"/>: under a name of its own, which it changes when the file is complete.</summary>
internal sealed class ImageCacheWriter : IImageSink, IDisposable
{
    private readonly string? _path;
    private readonly string _temporary;
    private readonly int _height;
    private readonly int _width;
    private SafeFileHandle? _file;
    private long _count;

    /// <param name="folder">Where to; made if it is not there.</param>
    /// <param name="name">Name of the complete file; null for a file that is gone when it is closed, or the process ends.</param>
    /// <param name="height">Height of the images in pixels.</param>
    /// <param name="width">Width of the images in pixels.</param>
    /// <exception cref="IOException">The folder cannot be written to; the message names it.</exception>
    public ImageCacheWriter(string folder, string? name, int height, int width)
    {
        (_height, _width) = (height, width);
        var full = Path.GetFullPath(folder);
        _path = name is null ? null : Path.Combine(full, name);
        _temporary = Path.Combine(full, $"{name ?? "rf3d-images"}.{Guid.NewGuid():N}.tmp");
        Guarded(() =>
        {
            Directory.CreateDirectory(full);
            // Others may rename it and delete it, as this does.
            _file = File.OpenHandle(
                _temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, name is null ? FileOptions.DeleteOnClose : FileOptions.None);
            CacheLeftovers.Delete(full, _temporary);
            // Without a name it is gone even if the process is killed.
            if (name is null && !OperatingSystem.IsWindows())
                File.Delete(_temporary);
        });
    }

    public long Add(ReadOnlySpan<byte> pixels)
    {
        var place = Interlocked.Increment(ref _count) - 1;
        try
        {
            RandomAccess.Write(_file!, pixels, ImageCacheHeader.Length + (place * pixels.Length));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failure(error);
        }
        return place;
    }

    /// <summary>Completes the file, once all images are in it.</summary>
    /// <param name="table">All data other than pixels.</param>
    /// <param name="warn">Receives a warning if the file could not be renamed. It is then used once.</param>
    /// <exception cref="IOException">It cannot be written; the message names it.</exception>
    public ImageCacheFile Complete(ImageCacheTable table, Action<string> warn)
    {
        var bytes = table.Write();
        var header = new ImageCacheHeader(_height, _width, table.Images.Length, bytes.Length);
        Guarded(() =>
        {
            RandomAccess.Write(_file!, bytes, header.TableAt);
            // The header last: a file without it is no cache.
            RandomAccess.Write(_file!, header.Write(bytes), 0);
            if (_path is not null)
                RandomAccess.FlushToDisk(_file!);
        });
        if (_path is not null)
            TakeName(_path, warn);
        var file = _file!;
        _file = null;
        return new(file, table.Places, new ImageIndex(_height, _width, table.Images), table.Unlabelled, table.Rows);
    }

    public void Dispose()
    {
        if (_file is null)
            return;
        _file.Dispose();
        AtomicFile.TryDelete(_temporary);
    }

    private void TakeName(string path, Action<string> warn)
    {
        try
        {
            File.Move(_temporary, path, overwrite: true);
            DirectoryFlush.Try(Path.GetDirectoryName(path)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Where open files cannot be replaced, as on Windows, another training may have it open.
            AtomicFile.TryDelete(_temporary);
            warn($"The image cache is not kept, since '{path}' cannot be replaced: {error.Message}");
        }
    }

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Dispose();
            throw Failure(error);
        }
    }

    private IOException Failure(Exception error) => new(
        $"The image cache '{_path ?? _temporary}' cannot be written: {error.Message} Set ImageCacheDirectory to a folder with enough room, or ImageStorage to Memory or Stream.", error);
}
