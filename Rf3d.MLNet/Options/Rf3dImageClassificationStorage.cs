using System.ComponentModel.DataAnnotations;

namespace Rf3d.MLNet;

public sealed partial class Rf3dImageClassificationTrainer
{
    public sealed partial class Options
    {
        /// <summary>Where decoded images are kept during training: in memory, in a file, or not at all.</summary>
        /// <value>Default: <see cref="MLNet.ImageStorage.Auto"/>.</value>
        [EnumDataType(typeof(ImageStorage))]
        public ImageStorage ImageStorage { get; set; } = ImageStorage.Auto;

        /// <summary>Memory that the training and validation images may take.</summary>
        /// <value>Bytes, at least 0. Default: null, half of the free memory when training begins; no limit with <see cref="MLNet.ImageStorage.Memory"/>.</value>
        /// <remarks>
        /// Free memory is that of the system or the container. With <see cref="MLNet.ImageStorage.Auto"/> images that need more are kept elsewhere. With
        /// <see cref="MLNet.ImageStorage.Memory"/> they are an error.
        /// </remarks>
        [Range(0d, 9e18)]
        public long? MaxImageMemory { get; set; }

        /// <summary>Folder for cache files, so that the next <c>Fit</c> on the same images need not decode them.</summary>
        /// <value>Default: null, a temporary file in <c>MLContext.TempFilePath</c> that is deleted at the end.</value>
        /// <remarks>
        /// <para>There is one file for the training images and one for the validation images. A file is used again if it is intact and the images are certain to be the
        /// same: this is known for the data sets of Rf3d.Datasets, whose files must have the same names, lengths and times of last change. Other data is decoded each
        /// time. A damaged or outdated file is replaced, and the log says so.</para>
        /// <para>Each data set needs its own folder. Several trainings may use it at the same time.</para>
        /// </remarks>
        [MinLength(1)]
        public string? ImageCacheDirectory { get; set; }

        /// <summary>The options for reading images.</summary>
        internal ImageReadingOptions ForReaders() => new(ImageStorage, MaxImageMemory, ImageCacheDirectory, Deterministic, BalancedSampling);
    }
}
