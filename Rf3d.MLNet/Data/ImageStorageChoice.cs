using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>Where images go, and why.</summary>
/// <param name="Storage">Not <see cref="ImageStorage.Auto"/>.</param>
/// <param name="Reason">The end of a sentence, with the figures.</param>
internal sealed record ImageStorageChoice(ImageStorage Storage, string Reason)
{
    private static readonly OptionName CacheDirectory = new(nameof(ImageReadingOptions.ImageCacheDirectory));
    private static readonly OptionName Checkpoints = new("CheckpointDirectory");
    private static readonly OptionName Memory = new(nameof(ImageReadingOptions.MaxImageMemory));
    private static readonly OptionName StorageName = new(nameof(ImageReadingOptions.ImageStorage));

    /// <param name="options">The options as set.</param>
    /// <param name="imageBytes">Bytes of an image.</param>
    /// <param name="count">Number of images; null where it is not known.</param>
    /// <param name="memory">Bytes that they may take in memory.</param>
    /// <param name="drive">Bytes that the drive of the cache has room for.</param>
    /// <param name="streamObstacle">Why they cannot be streamed; null if they can.</param>
    /// <param name="wasStream">Whether the training that is taken up streams; null where none is.</param>
    /// <exception cref="OptionConflictException">They fit nowhere, or cannot be streamed as was asked for.</exception>
    public static ImageStorageChoice Of(
        ImageReadingOptions options, int imageBytes, long? count, long memory, long drive, OptionText? streamObstacle, bool? wasStream)
    {
        if (options.ImageStorage is ImageStorage.Stream || (options.ImageStorage is ImageStorage.Auto && wasStream is true))
        {
            return streamObstacle is null
                ? new(ImageStorage.Stream, wasStream is true ? "as in the checkpoint" : "as asked for")
                : throw new OptionConflictException($"{StorageName} is Stream, but {streamObstacle}");
        }
        if (options.ImageStorage is not ImageStorage.Auto)
            return new(options.ImageStorage, "as asked for");
        if (options.ImageCacheDirectory is not null)
            return new(ImageStorage.Cache, "ImageCacheDirectory is set");
        var limit = $"{Bytes(memory)} may be used ({(options.MaxImageMemory is null ? "half of what is free" : "MaxImageMemory")})";
        if (count is not { } known)
            return new(ImageStorage.Memory, $"as long as {limit}; how many there are is not known");
        var needed = known * imageBytes;
        var take = string.Create(CultureInfo.InvariantCulture, $"{known} images take {Bytes(needed)}, of memory {limit}");
        return needed <= memory ? new(ImageStorage.Memory, take) : OutOfMemory(take, needed, drive, streamObstacle, wasStream);
    }

    /// <summary>Where images go that are too many for memory.</summary>
    /// <param name="why">The beginning of the reason.</param>
    /// <param name="needed">Bytes that they take.</param>
    /// <param name="drive">Bytes that the drive of the cache has room for.</param>
    /// <param name="streamObstacle">Why they cannot be streamed; null if they can.</param>
    /// <param name="wasStream">Whether the training that is taken up streams; null where none is.</param>
    /// <exception cref="OptionConflictException">They fit nowhere.</exception>
    public static ImageStorageChoice OutOfMemory(string why, long needed, long drive, OptionText? streamObstacle, bool? wasStream)
    {
        var room = $"{why}; the drive of the cache has {Bytes(drive)}";
        if (needed <= drive)
            return new(ImageStorage.Cache, room);
        var obstacle = streamObstacle ?? (wasStream is false ? OptionText.Of($"the training in {Checkpoints} was begun in another order of the images.") : null);
        return obstacle is null
            ? new(ImageStorage.Stream, room)
            : throw new OptionConflictException($"The images fit neither into memory nor into a cache file ({room}), and they cannot be streamed: {obstacle} Set {CacheDirectory} to a folder on a drive with more room, or raise {Memory}.");
    }

    /// <summary>As in "1.5 GB".</summary>
    public static string Bytes(long bytes) => bytes >= 1e9
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");
}
