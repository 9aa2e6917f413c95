namespace Rf3d.MLNet;

/// <summary>Where the images of a training are, as the memory of its device sees it.</summary>
/// <param name="ResidentBytes">Bytes of the images that stay on the device; null where they go there batch by batch.</param>
/// <param name="BytesOfImage">Bytes of an image that is uploaded; null for one of the size of the network's input.</param>
internal readonly record struct DeviceImages(long? ResidentBytes, long? BytesOfImage = null)
{
    /// <summary>Bytes of a pixel.</summary>
    public const int Channels = 3;

    /// <param name="training">The images to learn from.</param>
    /// <param name="validation">The images to validate on; null for none, or for some of the same set.</param>
    public static DeviceImages Of(ImageSet training, ImageSet? validation)
    {
        var sets = validation is null || ReferenceEquals(validation, training) ? [training] : new[] { training, validation };
        var resident = sets.Sum(set => set.Store.Resident?.NumberOfElements ?? 0);
        return new(training.Store.Resident is null ? null : resident, training.Index.ImageBytes);
    }
}
