namespace Rf3d.MLNet;

/// <summary>Where decoded images are kept during training.</summary>
public enum ImageStorage
{
    /// <summary>
    /// Memory if they fit; else a cache file if the drive has enough space; else stream. The cache if
    /// <see cref="Rf3dImageClassificationTrainer.Options.ImageCacheDirectory"/> is set. The log has the choice and the reason.
    /// </summary>
    Auto,

    /// <summary>In memory, height × width × 3 bytes each. For a GPU, a set of at most 2 GB is uploaded once.</summary>
    Memory,

    /// <summary>
    /// In a file of as many bytes. Batches are read from it while the device computes. For a GPU, a set of at most 2 GB is uploaded once. The weights are equal to those
    /// with <see cref="Memory"/>.
    /// </summary>
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
