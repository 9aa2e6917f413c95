using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder;

/// <summary>A group of options in the help.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Options">Its options, in order.</param>
internal sealed record TrainingOptionGroup(string Title, IReadOnlyList<TrainingOption> Options);

/// <summary>
/// Every option of a training but images, preset, image size, seed and folders. A row is all that an option needs here: the command line, .mbconfig files, the generated
/// training code and experiments read the table.
/// </summary>
internal static class TrainingOptionTable
{
    /// <summary>The network; an experiment searches these itself.</summary>
    public static TrainingOptionGroup Network { get; } = new("Network",
    [
        TrainingOption.Of(options => options.Architecture, "--architecture", $"The network that the plan starts from: {string.Join(", ", Enum.GetNames<Architecture>())}. Without --pretrained, training then starts from random weights.", "NETWORK"),
        TrainingOption.Of(options => options.Pretrained, "--pretrained", "Weights to start from: auto (ImageNet for photographs, if they are on this machine), none, a name that 'rf3d install-weights --list' lists, or a file.", "NAME", isPath: true),
        TrainingOption.Of(options => options.Adaptation, "--adaptation", "How a pretrained network is adapted: auto, probe (its features stay), finetune.", "KIND"),
        TrainingOption.Of(options => options.MinKeptShare, "--min-kept-share", "Smallest share of a pretrained network's parameters that the plan must keep.", "SHARE"),
        TrainingOption.Of(options => options.CropFraction, "--crop-fraction", "Share of a side of the resized images that the network sees: their middle part is cropped.", "SHARE"),
        TrainingOption.Of(options => options.WidthMultiplier, "--width-multiplier", "Factor on the channels of every convolution. With another one than 1, training starts from random weights.", "FACTOR"),
        TrainingOption.Of(options => options.Decomposition, "--decomposition", "Cheap kernels in place of convolutions: off, auto, or a block such as dw+pw or dw+rpw-g2-o50.", "BLOCK"),
        TrainingOption.Of(options => options.Organizer.MaxMacs, "--max-macs", "Most multiply-accumulates for one image.", "N"),
        TrainingOption.Of(options => options.Organizer.MaxParameters, "--max-parameters", "Most learned parameters.", "N"),
        TrainingOption.Of(options => options.Organizer.Threshold, "--threshold", "Threshold θ of the organizer: a unit whose gain reaches it in no stage is removed; 0 removes none. Not the confidence of the model: see 'rf3d threshold'.", "N"),
    ]);

    public static TrainingOptionGroup Length { get; } = new("Length",
    [
        TrainingOption.Of(options => options.Epoch, "--epoch", "Passes over the images. Default: 20, or more for fewer than 1,200 images.", "N"),
        TrainingOption.Of(options => options.BatchSize, "--batch-size", "Images in a training step.", "N"),
        TrainingOption.Of(options => options.EarlyStoppingCriteria!.Patience, "--early-stopping-patience", "Stops after so many epochs without improvement.", "N"),
        TrainingOption.Of(options => options.EarlyStoppingCriteria!.MinDelta, "--early-stopping-min-delta", "Smallest change that counts as an improvement.", "N"),
        TrainingOption.Of(options => options.EarlyStoppingCriteria!.Metric, "--early-stopping-metric", "What early stopping watches: accuracy, loss.", "METRIC"),
    ]);

    public static TrainingOptionGroup LearningRate { get; } = new("Learning rate and optimizer",
    [
        TrainingOption.Of(options => options.LearningRate, "--learning-rate", "Highest learning rate of the schedule.", "RATE"),
        TrainingOption.Of(options => options.LearningRateSchedule, "--learning-rate-schedule", $"How the rate changes: {Names<LearningRateSchedule>()}.", "SCHEDULE"),
        TrainingOption.Of(options => options.WarmUpEpochs, "--warm-up-epochs", "Epochs in which the rate rises.", "N"),
        TrainingOption.Of(options => options.LearningRateSteps, "--learning-rate-steps", "Epochs after which the schedule 'steps' lowers the rate, as in 30,60,90.", "N,N,..."),
        TrainingOption.Of(options => options.LearningRateStepFactor, "--learning-rate-step-factor", "What each of these steps multiplies the rate by.", "FACTOR"),
        TrainingOption.Of(options => options.FinalLearningRateFactor, "--final-learning-rate-factor", "Share of the rate that one cycle and cosine fall to.", "SHARE"),
        TrainingOption.Of(options => options.Optimizer, "--optimizer", $"How weights are updated: {Names<TrainingOptimizer>()}.", "OPTIMIZER"),
        TrainingOption.Of(options => options.Momentum, "--momentum", "Momentum; β₁ of adamw.", "N"),
        TrainingOption.Of(options => options.Nesterov, "--nesterov", "Nesterov's form of the momentum."),
        TrainingOption.Of(options => options.WeightDecay, "--weight-decay", "Weight decay.", "N"),
        TrainingOption.Of(options => options.DecayNormAndBias, "--decay-norm-and-bias", "Weight decay on biases and batch normalisation, too."),
        TrainingOption.Of(options => options.MaxGradientNorm, "--max-gradient-norm", "Highest norm of all gradients together.", "N"),
        TrainingOption.Of(options => options.EmaDecay, "--ema-decay", "Decay of the moving average of the weights; 0 for none.", "N"),
        TrainingOption.Of(options => options.Reparameterization, "--reparameterization", "Identity branches during training (RepVGG)."),
    ]);

    public static TrainingOptionGroup Loss { get; } = new("Loss and classes",
    [
        TrainingOption.Of(options => options.LabelSmoothing, "--label-smoothing", "Share of each target that is spread over all classes.", "SHARE"),
        TrainingOption.Of(options => options.ClassWeights, "--class-weights", "Weight of each class in the loss: equal, auto (by size), or figures as in 1,2.5.", "WEIGHTS"),
        TrainingOption.Of(options => options.BalancedSampling, "--balanced-sampling", "Draws each class equally often."),
        TrainingOption.Of(options => options.CalibrateProbabilities, "--calibrate-probabilities", "Calibrates the probabilities after training, on images that were held out."),
    ]);

    public static TrainingOptionGroup Augmentation { get; } = new("Augmentation",
    [
        TrainingOption.Of(options => options.RandomCrop, "--random-crop", "Random shifts."),
        TrainingOption.Of(options => options.RandomFlip, "--random-flip", "Random mirror images. Off where mirroring changes the class."),
        TrainingOption.Of(options => options.Augmentation.CropPaddingFraction, "--crop-padding-fraction", "Greatest shift, as a share of the image's size.", "SHARE"),
        TrainingOption.Of(options => options.Augmentation.CropPaddingMode, "--crop-padding-mode", "What fills the border of a shifted image: reflect, zero.", "MODE"),
        TrainingOption.Of(options => options.Augmentation.AlternatingFlip, "--alternating-flip", "Mirrors an image in every other epoch instead of at random."),
        TrainingOption.Of(options => options.Augmentation.ResizedCropScale, "--resized-crop-scale", "Smallest share of the area that a resized crop shows; 1 for none.", "SHARE"),
        TrainingOption.Of(options => options.Augmentation.RotationDegrees, "--rotation-degrees", "Rotates by up to so many degrees.", "N"),
        TrainingOption.Of(options => options.Augmentation.Brightness, "--brightness", "Changes brightness by up to this factor.", "N"),
        TrainingOption.Of(options => options.Augmentation.Contrast, "--contrast", "Changes contrast by up to this factor.", "N"),
        TrainingOption.Of(options => options.Augmentation.Saturation, "--saturation", "Changes saturation by up to this factor.", "N"),
        TrainingOption.Of(options => options.Augmentation.Hue, "--hue", "Turns hues by up to this share of the colour circle.", "N"),
        TrainingOption.Of(options => options.Augmentation.RandomErasing, "--random-erasing", "Probability that a rectangle is erased.", "P"),
        TrainingOption.Of(options => options.Augmentation.Cutout, "--cutout", "Side of an erased square, as a share of the image's shorter side.", "SHARE"),
        TrainingOption.Of(options => options.Augmentation.MixUpAlpha, "--mixup-alpha", "α of MixUp; 0 for none.", "ALPHA"),
        TrainingOption.Of(options => options.Augmentation.CutMixAlpha, "--cutmix-alpha", "α of CutMix; 0 for none.", "ALPHA"),
        TrainingOption.Of(options => options.Augmentation.RandAugment!.Operations, "--rand-augment-operations", "RandAugment: operations on each image.", "N"),
        TrainingOption.Of(options => options.Augmentation.RandAugment!.Magnitude, "--rand-augment-magnitude", "RandAugment: strength of each operation, 0 to 30.", "N"),
        TrainingOption.Of(options => options.TestTimeFlip, "--test-time-flip", "Scores an image as the mean of itself and its mirror image."),
        TrainingOption.Of(options => options.Resizing, "--resizing", $"How images of another shape are fitted: {Names<Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind>()}.", "KIND"),
        TrainingOption.Of(options => options.Background, "--background", "Colour behind transparent pixels: white, black, or as in ff8000.", "COLOUR"),
        TrainingOption.Of(options => options.ChannelMean, "--channel-mean", "Mean of red, green and blue, 0 to 1, as in 0.485,0.456,0.406.", "N,N,N"),
        TrainingOption.Of(options => options.ChannelStandardDeviation, "--channel-standard-deviation", "Standard deviation of red, green and blue.", "N,N,N"),
    ]);

    public static TrainingOptionGroup Machine { get; } = new("Machine",
    [
        TrainingOption.Of(options => options.Device, "--device", "Where to train: auto, cpu, cuda, cuda:1.", "DEVICE"),
        TrainingOption.Of(options => options.Precision, "--precision", "Precision of convolutions during training: auto (bfloat16 where it is fast), float32, tensorfloat32, bfloat16.", "PRECISION"),
        TrainingOption.Of(options => options.Deterministic, "--deterministic", "Ends with an error where the same seed could give other weights. Trains on the CPU and keeps the number of threads."),
        TrainingOption.Of(options => options.ImageStorage, "--image-storage", "Where the decoded images are: auto, memory, cache (a file), stream (decoded again in each epoch).", "PLACE"),
        TrainingOption.Of(options => options.MaxImageMemory, "--max-image-memory", "Bytes that images may take in memory.", "N"),
        TrainingOption.Of(options => options.ImageCacheDirectory, "--image-cache-directory", "Folder that keeps decoded images for the next training.", "FOLDER", isPath: true),
    ]);

    /// <summary>All but the network.</summary>
    public static IReadOnlyList<TrainingOptionGroup> Recipe { get; } = [Length, LearningRate, Loss, Augmentation, Machine];

    public static IReadOnlyList<TrainingOption> All { get; } = [.. Recipe.Prepend(Network).SelectMany(group => group.Options)];

    private static string Names<T>()
        where T : struct, Enum =>
        string.Join(", ", Enum.GetNames<T>().Select(name => name.ToLowerInvariant()));
}
