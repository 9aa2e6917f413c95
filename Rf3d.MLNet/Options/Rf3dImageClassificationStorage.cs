using System.ComponentModel.DataAnnotations;

namespace Rf3d.MLNet;

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
        /// files must have the same names, lengths and times of last change; data of another kind is decoded again each time. A damaged or outdated file
        /// is replaced, and the log says so. One folder for each data set; several trainings may use it at the same time. Default: null, a temporary file in
        /// <c>MLContext.TempFilePath</c> that is deleted at the end.
        /// </summary>
        [MinLength(1)]
        public string? ImageCacheDirectory { get; set; }

        /// <summary>What those who read the images need of all this.</summary>
        internal ImageReadingOptions ForReaders() => new(ImageStorage, MaxImageMemory, ImageCacheDirectory, Deterministic, BalancedSampling);
    }
}
