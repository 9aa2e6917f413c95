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
    /// Nowhere: every epoch decodes them again, on all cores, while the device computes. Memory does not grow with the data, but for some 100 bytes an
    /// image. The data has to be one that can be shuffled (<c>CanShuffle</c>), and shuffles each epoch by itself: the order differs from that of the
    /// other two, and so do the weights, as they do between two seeds. Every pass over the data has to give the same images: others are an error. Images held
    /// out for validation are passed over without decoding them, except by a view that has to decode a row to know whether it is one (folders with
    /// <c>BadImageAction.Skip</c>): give such data a <see cref="Rf3dImageClassificationTrainer.Options.ValidationSet"/>. Not with <see cref="TrainingRecipe.BalancedSampling"/>.
    /// </summary>
    Stream,
}
