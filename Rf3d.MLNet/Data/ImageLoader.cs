using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>Reads the data of a training: chooses where the images go, decodes each once, and says in the log what it did.</summary>
internal sealed class ImageLoader(
    ImageReadingOptions options,
    string labelColumnName,
    ImagePreprocessing preprocessing,
    TransformsCatalog transforms,
    ImageCaches caches,
    torch.Device device,
    IChannel channel,
    CancellationToken cancellation)
{
    private static readonly OptionName Storage = new(nameof(ImageReadingOptions.ImageStorage));

    private long? _memory;

    /// <summary>Whether the training that is taken up streams its images; null where none is.</summary>
    public bool? WasStream { get; init; }

    /// <param name="data">The data.</param>
    /// <param name="what">"training" or "validation".</param>
    /// <param name="isShuffled">Whether epochs are to have other orders.</param>
    /// <exception cref="ArgumentException">There is no image with a label.</exception>
    /// <exception cref="InvalidOperationException">The images fit nowhere, or cannot be streamed as was asked for.</exception>
    public ImageSet Load(IDataView data, string what, bool isShuffled)
    {
        var rows = new ImageRows(data, labelColumnName, preprocessing, transforms);
        var memory = _memory ??= options.MaxImageMemory ?? (options.ImageStorage is ImageStorage.Memory ? long.MaxValue : FreeMemory.Bytes() / 2);
        // Rows that are not shuffled have no order that a checkpoint could fix.
        var wasStream = isShuffled || WasStream is true ? WasStream : null;
        var obstacle = isShuffled ? StreamedImageStore.Obstacle(rows, options, wasStream is true) : null;
        var drive = options.ImageStorage is ImageStorage.Auto ? Drive() : 0;
        var choice = ImageStorageChoice.Of(options, rows.ImageBytes, rows.Count, memory, drive, obstacle, wasStream);
        var start = Stopwatch.GetTimestamp();
        Announce(what, choice);
        var loaded = choice.Storage switch
        {
            ImageStorage.Cache => FromCache(data, rows, what),
            ImageStorage.Stream => Streamed(rows, what),
            _ => InMemory(rows, what, memory),
        };
        if (loaded is null)
        {
            if (options.ImageStorage is ImageStorage.Memory)
                throw new OptionConflictException($"{Storage} is Memory, but the {what} images take more than {new OptionName(nameof(options.MaxImageMemory))} leaves them, {ImageStorageChoice.Bytes(memory)}. Raise it, or set {Storage} to Auto.");
            // As much again as did not fit is the least that they take.
            choice = ImageStorageChoice.OutOfMemory("they take more memory than may be used", 2 * memory, drive, obstacle, wasStream);
            Announce(what, choice);
            loaded = choice.Storage is ImageStorage.Cache ? FromCache(data, rows, what) : Streamed(rows, what);
        }
        var (set, unlabelled, isDecoded) = loaded.Value;
        if (unlabelled > 0)
            channel.Warning(string.Create(CultureInfo.InvariantCulture, $"{unlabelled} rows of the {what} data have no label in '{labelColumnName}' and are left out."));
        if (isDecoded)
        {
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            channel.Info(string.Create(CultureInfo.InvariantCulture, $"{set.Count} {what} images were decoded in {seconds:0.0} s, {set.Count / Math.Max(1e-3, seconds):0} a second."));
        }
        SayTransparent(set.Index, what);
        if (choice.Storage is ImageStorage.Memory)
            _memory = memory - (set.Count * rows.ImageBytes);
        return set;
    }

    private void SayTransparent(ImageIndex index, string what)
    {
        var (some, all) = (index.Images.Count(image => image.Transparency is not Transparency.None), index.Images.Count(image => image.Transparency is Transparency.Whole));
        if (some > 0)
            channel.Info(string.Create(CultureInfo.InvariantCulture, $"{some} of {index.Count} {what} images have transparent pixels. The colour {preprocessing.Background} is put behind them."));
        if (all > 0)
            channel.Warning(string.Create(CultureInfo.InvariantCulture, $"{all} of {index.Count} {what} images are transparent in every pixel: the model sees the colour {preprocessing.Background} only. If the fourth value of a pixel is not its opacity, set it to 255."));
    }

    private void Announce(string what, ImageStorageChoice choice) => channel.Info(choice.Storage switch
    {
        ImageStorage.Cache => $"The {what} images go to a cache file in '{caches.Folder}': {choice.Reason}.",
        ImageStorage.Stream => $"The {what} images are decoded again in each epoch: {choice.Reason}.",
        _ => $"The {what} images go to memory: {choice.Reason}.",
    });

    /// <returns>Null when they take more than that.</returns>
    private (ImageSet Set, long Unlabelled, bool IsDecoded)? InMemory(ImageRows rows, string what, long limit)
    {
        var images = new ImageChunks(rows.ImageBytes, limit);
        ImageStore? store = null;
        try
        {
            var found = ImageIndexer.Read(rows, images, cancellation);
            if (found.IsFull)
            {
                images.Dispose();
                return null;
            }
            RequireImages(found, what);
            store = new MemoryImageStore(images, found.Places, found.Index, device);
            return (Set(found.Index, store), found.Unlabelled, true);
        }
        catch
        {
            store?.Dispose();
            images.Dispose();
            throw;
        }
    }

    private (ImageSet Set, long Unlabelled, bool IsDecoded) FromCache(IDataView data, ImageRows rows, string what)
    {
        if (caches.Find(data, rows, what, cancellation) is { } kept)
            return (Set(kept.Index, new CachedImageStore(kept, device)), kept.Unlabelled, false);
        var key = caches.KeyOf(data);
        using var writer = caches.Create(what);
        var found = ImageIndexer.Read(rows, writer, cancellation);
        RequireImages(found, what);
        var file = caches.Complete(data, writer, found, key);
        return (Set(file.Index, new CachedImageStore(file, device)), found.Unlabelled, true);
    }

    private (ImageSet Set, long Unlabelled, bool IsDecoded) Streamed(ImageRows rows, string what)
    {
        var found = ImageIndexer.Read(rows, null, cancellation);
        RequireImages(found, what);
        return (new(found.Index, new StreamedImageStore(rows, found, device)) { Crop = preprocessing.Crop }, found.Unlabelled, true);
    }

    /// <summary>The images where they are, or all of them on the GPU, if they fit there.</summary>
    private ImageSet Set(ImageIndex index, ImageStore store)
    {
        if (device.type != DeviceType.CUDA || index.Count * index.ImageBytes > DeviceImageStore.Limit(device))
            return new(index, store) { Crop = preprocessing.Crop };
        DeviceImageStore there;
        try
        {
            there = new(store, index, device);
        }
        catch (Exception error) when (TorchMemory.IsExhausted(error))
        {
            channel.Info($"The images do not fit on {device} and go there batch by batch: {TorchMemory.Reason(error)}.");
            return new(index, store) { Crop = preprocessing.Crop };
        }
        catch
        {
            store.Dispose();
            throw;
        }
        store.Dispose();
        return new(index, there) { Crop = preprocessing.Crop };
    }

    private void RequireImages(IndexedData found, string what)
    {
        if (found.Index.Count == 0)
            throw new ArgumentException(found.Unlabelled > 0 ? $"No row of the {what} data has a label in '{labelColumnName}'." : $"The {what} data is empty.");
    }

    /// <summary>Bytes that a cache file may take. Where files are kept in memory there is no room for images that memory is too small for.</summary>
    private long Drive()
    {
        try
        {
            Directory.CreateDirectory(caches.Folder);
            var drive = new DriveInfo(Path.GetFullPath(caches.Folder));
            return drive.DriveFormat is "tmpfs" or "ramfs" ? 0 : drive.AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // The writer reports what is wrong.
            return long.MaxValue;
        }
    }
}
