using System.ComponentModel.DataAnnotations;
using Microsoft.ML;
using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;

namespace Rf3d.MLNet;

public sealed partial class Rf3dImageClassificationTrainer
{
    /// <summary>
    /// Options of <see cref="Rf3dImageClassificationTrainer"/>. The defaults train a good classifier; names follow ML.NET's own image
    /// classification trainer. The trainer takes a copy, and reports every value out of range at once.
    /// </summary>
    public sealed partial class Options : TrainingRecipe
    {
        /// <summary>Options with a named recipe. Every figure of it may be changed afterwards.</summary>
        /// <param name="preset">
        /// The recipe. It sets how to train, and the paper's two the size of the images; network, plan and columns stay as they are by default.
        /// </param>
        /// <exception cref="ArgumentOutOfRangeException">There is no such preset.</exception>
        public static Options FromPreset(TrainingPreset preset) => TrainingPresets.Create(preset);

        /// <summary>The label: a key column, as <c>MapValueToKey</c> makes it. Default: "Label".</summary>
        [Required]
        public string LabelColumnName { get; set; } = "Label";

        /// <summary>The images: a column of <see cref="Microsoft.ML.Data.MLImage"/>. Default: "Image".</summary>
        [Required]
        public string FeatureColumnName { get; set; } = "Image";

        /// <summary>Output: the probability of each class, a vector of float. Default: "Score".</summary>
        [Required]
        public string ScoreColumnName { get; set; } = "Score";

        /// <summary>Output: the class of the highest probability, a key with the label's values. Default: "PredictedLabel".</summary>
        [Required]
        public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

        /// <summary>
        /// Output: what the network's last linear layer sees, a vector of float, for similarity search. Default: null, no such column.
        /// </summary>
        public string? EmbeddingColumnName { get; set; }

        /// <summary>
        /// Weights to start from: "auto", "none", a name of <see cref="PretrainedWeights.Names"/>, or a file: a .zip that a model of this trainer was saved to, one of its checkpoints, or a
        /// pretrained network as .safetensors, .pth or .onnx. Default: "auto".
        /// </summary>
        /// <remarks>
        /// <para>"auto" starts photographs (larger than 64 pixels, at most 20,000 of them) from ImageNet if the weights of the first name are on this machine, and everything else from nothing, as it does
        /// where <see cref="Architecture"/>, <see cref="Network"/> or <see cref="WidthMultiplier"/> ask for a network. The log says which, and why. Nothing is downloaded.</para>
        /// <para>A pretrained network is what the plan starts from, in its own width; together with a <see cref="Network"/>, a <see cref="WidthMultiplier"/> or another <see cref="Architecture"/> it is an error. Its normalisation
        /// replaces the measured one. From a file of this trainer each layer of the planned network takes over the weights of its stage and block, if it is of the same shape; the log lists which do and which start new.</para>
        /// <para>It is looked at only when a training begins, not when <see cref="CheckpointDirectory"/> holds one.</para>
        /// </remarks>
        [Required]
        public string Pretrained { get; set; } = "auto";

        /// <summary>
        /// Smallest share of a pretrained network's parameters that the organizer and the decomposer may leave, 0 to 1: where the plan keeps less, the network is used as it is. Budgets go before it. Default: 1, the whole network.
        /// </summary>
        [Range(0d, 1d)]
        public double MinKeptShare { get; set; } = 1;

        /// <summary>The network that the plan starts from. Default: null, that of the <see cref="Pretrained"/> weights, else <see cref="Architecture.ResNet18Slim"/>.</summary>
        [EnumDataType(typeof(Architecture))]
        public Architecture? Architecture { get; set; }

        /// <summary>
        /// Factor on the channels of every convolution of <see cref="Architecture"/>; a <see cref="Network"/> keeps its own. Above 0, at most 16;
        /// default 1.
        /// </summary>
        [Range(0d, 16d, MinimumIsExclusive = true)]
        public double WidthMultiplier { get; set; } = 1;

        /// <summary>
        /// A network of your own instead of <see cref="Architecture"/>. Images are resized to its input, unless <see cref="ImageHeight"/> and
        /// <see cref="ImageWidth"/> say otherwise; its number of classes is replaced by the data's. Default: null.
        /// </summary>
        public ConvNet? Network { get; set; }

        /// <summary>
        /// Height in pixels of the images that the network sees, which are resized to it, or to more where <see cref="CropFraction"/> says so; set it together with <see cref="ImageWidth"/>. Default: null, that of the
        /// <see cref="Network"/> if there is one, else worked out from the data: the native size if all images share one of at most 64 pixels a side, else a square near their shorter sides, from 32 to 224.
        /// </summary>
        [Range(1, 4096)]
        public int? ImageHeight { get; set; }

        /// <summary>Width in pixels of the images that the network sees; set it together with <see cref="ImageHeight"/>. Default: null, worked out.</summary>
        [Range(1, 4096)]
        public int? ImageWidth { get; set; }

        /// <summary>
        /// Share of each side of the resized images that the network sees, in the middle: images are resized to <see cref="ImageHeight"/> / share (an even number of pixels more) and the graph of the model
        /// crops them. 0.5 to 1, which is all of them. Training with <see cref="TrainingRecipe.RandomCrop"/> moves the crop. Default: null, what the <see cref="Pretrained"/> weights expect (mostly 224 / 256),
        /// if <see cref="Resizing"/> is IsoCrop; else 1. Set it to 1 where what matters may be at the border.
        /// </summary>
        [Range(0.5, 1d)]
        public double? CropFraction { get; set; }

        /// <summary>How images of another shape are fitted. Default: scaled until they fill the size, the rest cut off (IsoCrop).</summary>
        [EnumDataType(typeof(ImageResizingEstimator.ResizingKind))]
        public ImageResizingEstimator.ResizingKind Resizing { get; set; } = ImageResizingEstimator.ResizingKind.IsoCrop;

        /// <summary>
        /// The colour behind transparent pixels, and around images that are fitted whole (IsoPad): in training, and in the saved model wherever it scores. Default: <see cref="RgbColor.White"/>.
        /// </summary>
        public RgbColor Background { get; set; } = RgbColor.White;

        /// <summary>The stage organizer's threshold and budgets; <see cref="OrganizerOptions.Off"/> trains the network as it is. Default: organize, without budgets.</summary>
        [Required]
        public OrganizerOptions Organizer { get; set; } = new();

        /// <summary>
        /// Which blocks of cheap kernels stand in for the planned network's convolutions: <see cref="Decomposition.Off"/>, the default;
        /// <see cref="Decomposition.Auto"/>; or a block, as in <c>Decomposition.DepthwiseRolling(groups: 2, overlap: 0.5)</c>.
        /// </summary>
        [Required]
        public Decomposition Decomposition { get; set; } = Decomposition.Off;

        /// <summary>Images to validate on, with the columns of the training data. Default: null, a part of the training data.</summary>
        public IDataView? ValidationSet { get; set; }

        /// <summary>Called about twice a second and at the end of each epoch, on the thread that called <c>Fit</c>. Default: null.</summary>
        public Action<TrainingMetrics>? MetricsCallback { get; set; }

        /// <summary>Seed of all random choices. Default: null, drawn from the context's own (<c>new MLContext(seed)</c>).</summary>
        public int? Seed { get; set; }

        /// <summary>
        /// Whether the same <see cref="Seed"/> has to train the very same weights again, with the same version on the same kind of processor and as many threads: what
        /// could keep it from that is refused. A GPU, since TorchSharp cannot ask one for deterministic algorithms ("auto" takes the CPU); an unfinished checkpoint
        /// that was made in other surroundings, which otherwise is a warning; another number of threads when other processes use the cores; and images that are streamed for lack of room, not because
        /// <see cref="ImageStorage"/> says so. Default: false. On a CPU a seed trains the same weights either way, unless one of these happens.
        /// </summary>
        public bool Deterministic { get; set; }

        /// <summary>
        /// Where to train: "cpu", "cuda", "cuda:0" and so on; or "auto", the default: the context's <c>GpuDeviceId</c> if it is set (with its
        /// <c>FallbackToCpu</c>), else the first GPU, else the CPU; with <see cref="Deterministic"/> the CPU.
        /// </summary>
        [RegularExpression(@"auto|cpu|cuda(:\d{1,3})?", ErrorMessage = "\"auto\", \"cpu\", \"cuda\" or \"cuda:\" and a number")]
        [Required]
        public string Device { get; set; } = "auto";

        /// <summary>
        /// Folder to save the training in, so that nothing is lost when it is interrupted: at its start, after each epoch, every
        /// <see cref="CheckpointMinutes"/> within an epoch, and when it is cancelled. <c>Fit</c> with the same options and data resumes from there by
        /// itself, and with a finished training returns its model; on the same kind of CPU and with as many threads the weights are those of an uninterrupted training, bit by
        /// bit (<see cref="Deterministic"/> keeps the number of threads). Other options or data are refused with the list of differences; only <see cref="Device"/>, <see cref="Deterministic"/>, <see cref="MetricsCallback"/>,
        /// <see cref="CancellationToken"/>, <see cref="CheckpointMinutes"/>, the names of columns and where images are kept may change (<see cref="ImageStorage"/>; but to or
        /// from <see cref="MLNet.ImageStorage.Stream"/>, which has an order of its own), and a <see cref="Seed"/> of null
        /// takes the one in the folder. One folder for each training: cross-validation needs one for each fold. Default: null, no checkpoints.
        /// </summary>
        [MinLength(1)]
        public string? CheckpointDirectory { get; set; }

        /// <summary>
        /// Minutes between two checkpoints within an epoch. Above 0, at most 525,600 (a year); default 10. Without effect when
        /// <see cref="CheckpointDirectory"/> is null.
        /// </summary>
        [Range(0d, 525_600d, MinimumIsExclusive = true)]
        public double CheckpointMinutes { get; set; } = 10;

        /// <summary>Stops training after the batch at hand. The best epoch so far is kept, or the cancellation thrown if there is none yet.</summary>
        public CancellationToken CancellationToken { get; set; }

        /// <summary>Stops once so many epochs are complete, as a cancellation would, so that a later <c>Fit</c> may resume. For experiments; null, never.</summary>
        internal int? PauseAfterEpoch { get; set; }

        /// <exception cref="ArgumentException">Values out of range, all of them in one message.</exception>
        internal Options CheckedCopy()
        {
            var copy = (Options)Copy();
            OptionsCheck.Run(copy);
            return copy;
        }

        /// <summary>The size of the images where the options state it; null where it is to be found.</summary>
        internal Size2D? GivenImageSize()
        {
            if (this is { ImageHeight: { } height, ImageWidth: { } width })
                return new Size2D(height, width);
            return Network is { } network ? new Size2D(network.Input.Height, network.Input.Width) : null;
        }

        internal ConvNet Describe(int height, int width, int classes) => Network is null
            ? ConvNetFactory.Create(Architecture ?? Rf3d.Planning.Architecture.ResNet18Slim, height, width, classes, WidthMultiplier)
            : Network with { Input = new TensorShape(3, height, width), Classes = classes };
    }
}
