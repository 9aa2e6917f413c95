using System.ComponentModel.DataAnnotations;

namespace Rf3d.MLNet;

/// <summary>Where the decoded images are while a network trains on them.</summary>
public enum ImageStorage
{
    /// <summary>
    /// Memory if they fit; else a cache file if the drive has room for it; else stream. With
    /// <see cref="Rf3dImageClassificationTrainer.Options.ImageCacheDirectory"/> set, the cache. The log says which, and why.
    /// </summary>
    Auto,

    /// <summary>In memory, height × width × 3 bytes each. On a GPU they go there at once and once, if all of a set take at most 2 GB.</summary>
    Memory,

    /// <summary>In a file of as many bytes, from which batches are read while the device computes. On a GPU sets of at most 2 GB go there, too. Ends with the same weights as <see cref="Memory"/>.</summary>
    Cache,

    /// <summary>
    /// Nowhere: every epoch decodes them anew, on all cores, while the device computes. Memory does not grow with the data, but for some 100 bytes an
    /// image. The data has to be one that can be shuffled (<c>CanShuffle</c>), and shuffles each epoch by itself: the order differs from that of the
    /// other two, and so do the weights, as they do between two seeds. Every pass over the data has to give the same images: others are an error. Images held
    /// out for validation are passed over without decoding them, except by a view that has to decode a row to know whether it is one (folders with
    /// <c>BadImageAction.Skip</c>): give such data a <see cref="Rf3dImageClassificationTrainer.Options.ValidationSet"/>. Not with <see cref="Rf3dImageClassificationTrainer.Options.BalancedSampling"/>.
    /// </summary>
    Stream,
}

public sealed partial class Rf3dImageClassificationTrainer
{
    public sealed partial class Options
    {
        /// <summary>Where the decoded images are while training: in memory, in a file, or nowhere. Default: <see cref="MLNet.ImageStorage.Auto"/>.</summary>
        [EnumDataType(typeof(ImageStorage))]
        public ImageStorage ImageStorage { get; set; } = ImageStorage.Auto;

        /// <summary>
        /// Bytes that the images may take in memory, those for validation included; at least 0. With <see cref="MLNet.ImageStorage.Auto"/> the choice
        /// depends on it, with <see cref="MLNet.ImageStorage.Memory"/> more is an error. Default: null, half of what is free when training begins (what
        /// the system or the container gives, less what is in use), and no limit where Memory is asked for.
        /// </summary>
        [Range(0d, 9e18)]
        public long? MaxImageMemory { get; set; }

        /// <summary>
        /// Folder to keep the cache files in, one for the training and one for the validation images, so that the next <c>Fit</c> need not decode. A file is
        /// used again if all of it is intact and it is certain that the images are the same, without a look at them: for the data sets of Rf3d.Datasets, whose
        /// files must have the same names, lengths and times of last change; data of another kind is decoded anew each time. A damaged or outdated file
        /// is replaced, and the log says so. One folder for each data set; several trainings may use it at the same time. Default: null, a temporary file in
        /// <c>MLContext.TempFilePath</c> that is deleted at the end.
        /// </summary>
        [MinLength(1, ErrorMessage = "ImageCacheDirectory must not be empty; null keeps no cache.")]
        public string? ImageCacheDirectory { get; set; }
    }
}
