using System.ComponentModel.DataAnnotations;

namespace Rf3d.MLNet;

/// <summary>Options of <c>mlContext.MulticlassClassification.AuditImages</c>.</summary>
public sealed class ImageAuditOptions
{
    /// <summary>The label: a key column.</summary>
    /// <value>Default: "Label".</value>
    [Required]
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>The images.</summary>
    /// <value>Default: "Image".</value>
    [Required]
    public string FeatureColumnName { get; set; } = "Image";

    /// <summary>A column of text that names the files of the images; data without it is fine.</summary>
    /// <value>Default: "ImagePath".</value>
    [Required]
    public string PathColumnName { get; set; } = "ImagePath";

    /// <summary>The pretrained network whose features are compared: one of <see cref="PretrainedWeights.Names"/>, a file (.onnx, .safetensors, .pth), or "auto" for the first of these names whose weights are on this machine.</summary>
    /// <value>Default: "auto".</value>
    [Required]
    public string Pretrained { get; set; } = PretrainedChoice.Automatic;

    /// <summary>Height and width that images are resized to for the network, cut to a square, in pixels; from 32 to 1,024.</summary>
    /// <value>Default: null, worked out from the images: the square nearest to the median of the shorter sides, from 128 to 224. Small images of one size, and long images of one shape, keep their shape, as in a training.</value>
    [Range(32, 1024)]
    public int? ImageSize { get; set; }

    /// <summary>The parts that images are held out in for the cross-validation of labels; from 2 to 20.</summary>
    /// <value>Default: 5.</value>
    [Range(2, 20)]
    public int Folds { get; set; } = 5;

    /// <summary>How often the cross-validation is repeated with other folds, and probabilities averaged; from 1 to 20.</summary>
    /// <value>Default: 3.</value>
    [Range(1, 20)]
    public int Repetitions { get; set; } = 3;

    /// <summary>Seed of the choice of folds.</summary>
    /// <value>Default: 1.</value>
    public int Seed { get; set; } = 1;

    /// <summary>The colour behind transparent pixels.</summary>
    /// <value>Default: <see cref="RgbColor.White"/>.</value>
    public RgbColor Background { get; set; } = RgbColor.White;

    /// <summary>Where to compute: "auto", "cpu", "cuda" or "cuda:n".</summary>
    /// <value>Default: "auto", a GPU if there is one.</value>
    [Required]
    [RegularExpression("auto|cpu|cuda(:[0-9]{1,3})?", ErrorMessage = "\"auto\", \"cpu\", \"cuda\" or \"cuda:n\"")]
    public string Device { get; set; } = "auto";

    /// <summary>Bytes that the decoded images of a part may take in memory, at least 0; those of more go to a temporary file. In addition, features and thumbnails take 5 kB an image; while images are compared it is 7 kB, or 12 kB with several parts, and up to 256 MB.</summary>
    /// <value>Default: null, half of what is free.</value>
    [Range(0d, 9e18)]
    public long? MaxImageMemory { get; set; }

    /// <summary>Receives the progress of the audit, after each batch.</summary>
    /// <value>Default: null.</value>
    public Action<ImageAuditProgress>? ProgressCallback { get; set; }

    /// <summary>Ends the audit.</summary>
    /// <value>Default: none.</value>
    public CancellationToken CancellationToken { get; set; }

    /// <exception cref="InvalidOptionsException">At least one value is out of range.</exception>
    internal ImageAuditOptions CheckedCopy()
    {
        var errors = OptionsCheck.CheckEach(this).ToList();
        return errors.Count == 0 ? (ImageAuditOptions)MemberwiseClone() : throw new InvalidOptionsException(errors);
    }
}

/// <summary>The phases of an audit.</summary>
public enum ImageAuditPhase
{
    /// <summary>Images are decoded, and the network runs over them.</summary>
    Features,

    /// <summary>Images are compared with each other.</summary>
    Comparison,

    /// <summary>Labels are cross-validated. No counts.</summary>
    Labels,
}

/// <summary>Progress of an audit.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Split">The part whose images are counted; all of them are compared together.</param>
/// <param name="Done">Images that are done.</param>
/// <param name="Count">All images of the part; 0 where they are not counted.</param>
public readonly record struct ImageAuditProgress(ImageAuditPhase Phase, AuditSplit Split, long Done, long Count);
