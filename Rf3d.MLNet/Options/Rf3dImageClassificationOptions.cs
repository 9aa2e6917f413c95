using System.ComponentModel.DataAnnotations;
using Microsoft.ML;
using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;

namespace Rf3d.MLNet;

public sealed partial class Rf3dImageClassificationTrainer
{
    /// <summary>
    /// Options of <see cref="Rf3dImageClassificationTrainer"/>. Names follow ML.NET's own image classification trainer. The trainer copies the options, and reports all
    /// values out of range at once.
    /// </summary>
    public sealed partial class Options : TrainingRecipe
    {
        /// <summary>Creates options with a named recipe. All values may be changed afterwards.</summary>
        /// <param name="preset">The recipe. The two presets of the paper also set the image size. Network, plan and columns have their defaults.</param>
        /// <exception cref="ArgumentOutOfRangeException">There is no such preset.</exception>
        public static Options FromPreset(TrainingPreset preset)
        {
            var options = TrainingPresets.Create(preset);
            options.Preset = preset;
            return options;
        }

        /// <summary>Name of the label column, a key column as <c>MapValueToKey</c> returns it.</summary>
        /// <value>Default: "Label".</value>
        [Required]
        public string LabelColumnName { get; set; } = "Label";

        /// <summary>Name of the image column, of type <see cref="Microsoft.ML.Data.MLImage"/>.</summary>
        /// <value>Default: "Image".</value>
        [Required]
        public string FeatureColumnName { get; set; } = "Image";

        /// <summary>Name of the output column for the probability of each class, a vector of <c>float</c>.</summary>
        /// <value>Default: "Score".</value>
        [Required]
        public string ScoreColumnName { get; set; } = "Score";

        /// <summary>Name of the output column for the class of the highest probability, a key with the values of the label.</summary>
        /// <value>Default: "PredictedLabel".</value>
        [Required]
        public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

        /// <summary>Name of the output column for the input of the last linear layer, a vector of <c>float</c>, for similarity search.</summary>
        /// <value>Default: null, no such column.</value>
        public string? EmbeddingColumnName { get; set; }

        /// <summary>Weights that training starts from.</summary>
        /// <value>
        /// "auto"; "none"; a name of <see cref="PretrainedWeights.Names"/>; or the path of a saved model (.zip), a checkpoint, or a pretrained network (.safetensors,
        /// .pth, .onnx). Default: "auto".
        /// </value>
        /// <remarks>
        /// <para>With "auto", photographs (larger than 64 pixels, at most 20,000 of them) start from a network trained on ImageNet if the weights of the first name are
        /// on this machine. All other data, and a training with <see cref="Architecture"/>, <see cref="Network"/> or <see cref="WidthMultiplier"/>, starts from random
        /// weights. The log has the choice and the reason. Nothing is downloaded.</para>
        /// <para>The plan starts from the pretrained network and keeps its number of channels; its normalisation replaces the measured one. A name of
        /// <see cref="PretrainedWeights.Names"/>, or a network of another library, together with a <see cref="Network"/>, a <see cref="WidthMultiplier"/> or another
        /// <see cref="Architecture"/> is an error.</para>
        /// <para>A model or checkpoint of this trainer, and a .safetensors file if <see cref="Network"/> or <see cref="Architecture"/> is set, can be combined with these
        /// options: each layer of the planned network gets the weights of the same stage and unit if their shapes are equal. The log lists the layers that do and those that
        /// start from random weights.</para>
        /// <para>A training that is resumed from <see cref="CheckpointDirectory"/> must have the same pretrained network, with the same normalisation. Weights of other files
        /// are not read again.</para>
        /// </remarks>
        [Required]
        public string Pretrained { get; set; } = "auto";

        /// <summary>The saved model (.zip) that training continues, for more images and for more classes.</summary>
        /// <value>A path. Default: null, none.</value>
        /// <remarks>
        /// <para>The network, its weights and the preparation of its images are those of the model; the organizer, the decomposer and their budgets do not change it. The last layer is
        /// learned from the images of this training, as <see cref="TrainingRecipe.Adaptation"/> says, so that classes may be added, and their order may be another. A class that
        /// the data does not have is not in the new model, and one that it has without images is rarely predicted.</para>
        /// <para>It takes the place of <see cref="Pretrained"/>, <see cref="Architecture"/>, <see cref="Network"/> and <see cref="WidthMultiplier"/>; and of <see cref="ImageHeight"/>,
        /// <see cref="ImageWidth"/>, <see cref="CropFraction"/>, <see cref="Resizing"/>, <see cref="Background"/>, <see cref="TrainingRecipe.ChannelMean"/> and
        /// <see cref="TrainingRecipe.ChannelStandardDeviation"/>. Setting one of them to a value that is neither that of the model nor its default is an error; values of a preset are not used, and the log names them.
        /// <see cref="TrainingHistory.Pretrained"/> records the model, and those that it continued.</para>
        /// </remarks>
        [MinLength(1)]
        public string? ContinueFrom { get; set; }

        /// <summary>The organizer and the decomposer change a pretrained network only if at least this share of its parameters is kept.</summary>
        /// <value>0 to 1. Default: 1, the whole network.</value>
        /// <remarks>If the plan keeps less, the network is used unchanged. Budgets take precedence.</remarks>
        [Range(0d, 1d)]
        public double MinKeptShare { get; set; } = 1;

        /// <summary>The network that the plan starts from.</summary>
        /// <value>Default: null, that of the <see cref="Pretrained"/> weights or else <see cref="Architecture.ResNet18Slim"/>.</value>
        [EnumDataType(typeof(Architecture))]
        public Architecture? Architecture { get; set; }

        /// <summary>Factor on the number of channels of every convolution of <see cref="Architecture"/>.</summary>
        /// <value>Above 0, at most 16. Default: 1.</value>
        /// <remarks>It does not apply to a <see cref="Network"/>.</remarks>
        [Range(0d, 16d, MinimumIsExclusive = true)]
        public double WidthMultiplier { get; set; } = 1;

        /// <summary>Your own network, in place of <see cref="Architecture"/>.</summary>
        /// <value>Default: null, none.</value>
        /// <remarks>
        /// Its number of classes is replaced by that of the data. Images are resized to its input, unless <see cref="ImageHeight"/> and <see cref="ImageWidth"/> are set.
        /// </remarks>
        public ConvNet? Network { get; set; }

        /// <summary>Height of the images that the network sees.</summary>
        /// <value>Pixels, 1 to 4,096. Default: null, that of the <see cref="Network"/>, or else chosen from the data.</value>
        /// <remarks>
        /// Set it together with <see cref="ImageWidth"/>. Images are resized to this size, or to a larger one that is cropped to it (<see cref="CropFraction"/>). Chosen
        /// from the data, it is the size of the images if all have the same, of at most 64 pixels a side; else a square near the length of their shorter sides, 32 to 224
        /// pixels. Where nine of ten images have one shape, and are at least twice as long as wide, it is a rectangle of this shape, with at most as many pixels as a square of 224
        /// pixels, or 8,192 where the shorter side has at most 64. For a pretrained network both sides are multiples of 32, the shorter one from 128 to 224, or less where the
        /// network learned from smaller images or the image is long.
        /// </remarks>
        [Range(1, 4096)]
        public int? ImageHeight { get; set; }

        /// <summary>Width of the images that the network sees.</summary>
        /// <value>Pixels, 1 to 4,096. Default: null, chosen as <see cref="ImageHeight"/> is.</value>
        /// <remarks>Set it together with <see cref="ImageHeight"/>.</remarks>
        [Range(1, 4096)]
        public int? ImageWidth { get; set; }

        /// <summary>Share of the height and width of the resized images that the network sees, in the middle.</summary>
        /// <value>0.5 to 1. Default: null, that of the <see cref="Pretrained"/> weights (mostly 224 / 256) if <see cref="Resizing"/> is IsoCrop and the input is less than twice as long as wide, else 1.</value>
        /// <remarks>
        /// Images are resized to <see cref="ImageHeight"/> divided by this share. The margin (the resized height minus <see cref="ImageHeight"/>) is rounded to an even number of
        /// pixels. The graph of the model then takes the centre crop. <see cref="TrainingRecipe.RandomCrop"/> moves the crop during training. Set it to 1 if objects may be at the border.
        /// </remarks>
        [Range(0.5, 1d)]
        public double? CropFraction { get; set; }

        /// <summary>How images of another aspect ratio are resized.</summary>
        /// <value>IsoCrop scales an image until it fills the size and crops it; IsoPad scales it until it fits and adds a border; Fill stretches it. Default: IsoCrop.</value>
        [EnumDataType(typeof(ImageResizingEstimator.ResizingKind))]
        public ImageResizingEstimator.ResizingKind Resizing { get; set; } = ImageResizingEstimator.ResizingKind.IsoCrop;

        /// <summary>Colour behind transparent pixels, and of the border that IsoPad adds.</summary>
        /// <value>Default: <see cref="RgbColor.White"/>.</value>
        /// <remarks>It applies to training and is part of the saved model.</remarks>
        public RgbColor Background { get; set; } = RgbColor.White;

        /// <summary>Threshold and budgets of the stage organizer.</summary>
        /// <value>Default: organize without budgets.</value>
        /// <remarks><see cref="OrganizerOptions.Off"/> trains the network unchanged.</remarks>
        [Required]
        public OrganizerOptions Organizer { get; set; } = new();

        /// <summary>The cheaper blocks that replace convolutions of the planned network.</summary>
        /// <value>
        /// <see cref="Decomposition.Off"/>, <see cref="Decomposition.Auto"/>, or one block, as in <c>Decomposition.DepthwiseRolling(groups: 2, overlap: 0.5)</c>.
        /// Default: off.
        /// </value>
        [Required]
        public Decomposition Decomposition { get; set; } = Decomposition.Off;

        /// <summary>Validation images, with the columns of the training data.</summary>
        /// <value>Default: null, a part of the training data (<see cref="TrainingRecipe.ValidationSetFraction"/>).</value>
        public IDataView? ValidationSet { get; set; }

        /// <summary>Whether a classifier on pretrained features (<see cref="Adaptation.Probe"/>) is trained again with the images of <see cref="ValidationSet"/>, after it was measured on them.</summary>
        /// <value>Default: false.</value>
        /// <remarks>For data with test images, which measure the result. It has no effect on other trainings, whose best epoch the validation images choose, and in experiments, which compare candidates on them.</remarks>
        public bool RefitOnValidationSet { get; set; }

        /// <summary>Called with the progress of the training.</summary>
        /// <value>Default: null, none.</value>
        /// <remarks>It is called about twice a second and at the end of each epoch, on the thread that called <c>Fit</c>.</remarks>
        public Action<TrainingMetrics>? MetricsCallback { get; set; }

        /// <summary>Seed of all random choices.</summary>
        /// <value>Default: null, drawn from the context (<c>new MLContext(seed)</c>).</value>
        public int? Seed { get; set; }

        /// <summary>If true, <c>Fit</c> throws an exception where the same <see cref="Seed"/> might not give the same weights.</summary>
        /// <value>Default: false.</value>
        /// <remarks>
        /// <para>Errors are: a GPU, because TorchSharp cannot request deterministic algorithms ("auto" chooses the CPU); an unfinished checkpoint from another kind of
        /// processor, number of threads or version, which is a warning otherwise; and images that are streamed because they do not fit, unless <see cref="ImageStorage"/>
        /// asks for it. The number of threads does not follow the free cores.</para>
        /// <para>On a CPU a seed trains the same weights with false as well, unless one of these occurs or the number of threads changes
        /// (<see cref="TrainingHistory.ThreadChanges"/>).</para>
        /// </remarks>
        public bool Deterministic { get; set; }

        /// <summary>Device that trains.</summary>
        /// <value>"cpu", "cuda", "cuda:0" and so on, or "auto". Default: "auto".</value>
        /// <remarks>
        /// "auto" is the <c>GpuDeviceId</c> of the context if it is set (with its <c>FallbackToCpu</c>), else the first GPU, else the CPU. With
        /// <see cref="Deterministic"/> it is the CPU.
        /// </remarks>
        [RegularExpression(@"auto|cpu|cuda(:\d{1,3})?", ErrorMessage = "\"auto\", \"cpu\", \"cuda\" or \"cuda:\" and a number")]
        [Required]
        public string Device { get; set; } = "auto";

        /// <summary>Folder for checkpoints, from which an interrupted training resumes.</summary>
        /// <value>Default: null, no checkpoints.</value>
        /// <remarks>
        /// <para>A checkpoint is written at the start, after each epoch, every <see cref="CheckpointMinutes"/> within an epoch, and on cancellation. <c>Fit</c> with the
        /// same options and data resumes from the last one, and returns the model of a finished training. On the same kind of CPU, with the same number of threads, the weights
        /// are equal, bit by bit, to those of an uninterrupted training (<see cref="Deterministic"/> keeps the number of threads). A classifier on the features of a pretrained network
        /// (<see cref="TrainingRecipe.Adaptation"/>) is learned in one pass over the images and has no checkpoint: <c>Fit</c> computes it again.</para>
        /// <para>With other options or data <c>Fit</c> throws and lists the differences. These may change: <see cref="Device"/>, <see cref="Deterministic"/>,
        /// <see cref="MetricsCallback"/>, <see cref="CancellationToken"/>, <see cref="CheckpointMinutes"/>, <see cref="TrainingRecipe.CalibrateProbabilities"/>, <see cref="MaxImageMemory"/>,
        /// <see cref="ImageCacheDirectory"/>, names of columns, and <see cref="ImageStorage"/> except to or from <see cref="MLNet.ImageStorage.Stream"/>, which has another order of images. A <see cref="Seed"/> of null is the seed of the checkpoint.</para>
        /// <para>Each training needs its own folder, and so does each fold of a cross-validation.</para>
        /// </remarks>
        [MinLength(1)]
        public string? CheckpointDirectory { get; set; }

        /// <summary>Time between two checkpoints within an epoch.</summary>
        /// <value>Minutes, above 0, at most 525,600 (a year). Default: 10.</value>
        /// <remarks>It has no effect if <see cref="CheckpointDirectory"/> is null.</remarks>
        [Range(0d, 525_600d, MinimumIsExclusive = true)]
        public double CheckpointMinutes { get; set; } = 10;

        /// <summary>Stops the training after the current batch.</summary>
        /// <value>Default: none.</value>
        /// <remarks><c>Fit</c> returns the best epoch so far; before the first one is complete, the classifier on the features of a pretrained network, except where fine-tuning was resumed. If there is no model yet, it throws an <see cref="OperationCanceledException"/>.</remarks>
        public CancellationToken CancellationToken { get; set; }

        /// <summary>The preset that the options began with; null for none. Its values are no choices of the user.</summary>
        internal TrainingPreset? Preset { get; set; }

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
