using System.ComponentModel.DataAnnotations;

namespace Rf3d.MLNet;

/// <summary>
/// How the weights are learned from the images: every figure of a training. Columns, network, data and device are in
/// <see cref="Rf3dImageClassificationTrainer.Options"/>, which adds them.
/// </summary>
public class TrainingRecipe
{
    /// <summary>
    /// Images in a training step, 2 to 65,536. Default: null, worked out: 32 on a CPU; on a GPU as many as keep it busy and fit into its memory, up to 1,024, but no more than
    /// leave an epoch 64 steps (32 for small sets). The log, <see cref="TrainingHistory.BatchSize"/> and checkpoints have the figure; a resumed training keeps it.
    /// </summary>
    [Range(2, 65_536)]
    public int? BatchSize { get; set; }

    /// <summary>Passes over the training images, at least 1. Default: 20.</summary>
    [Range(1, int.MaxValue)]
    public int Epoch { get; set; } = 20;

    /// <summary>
    /// Share of each class's training images to hold out for validation when there is no <see cref="Rf3dImageClassificationTrainer.Options.ValidationSet"/>, 0 to below 1: at least
    /// one image of each class that has two. 0 trains on all images and keeps the last epoch. Default: 0.1.
    /// </summary>
    [Range(0f, 1f, MaximumIsExclusive = true)]
    public float ValidationSetFraction { get; set; } = 0.1f;

    /// <summary>
    /// When to stop before the last epoch. Default: null, never. The best epoch is kept either way: the one of the highest accuracy in validation, among those of the lowest
    /// loss, or by loss first if that is what is watched here.
    /// </summary>
    public EarlyStopping? EarlyStoppingCriteria { get; set; }

    /// <summary>
    /// Highest learning rate of the schedule. Above 0, at most 100. Default: null, which is 0.05; where <see cref="BatchSize"/> is worked out as well, times the root of
    /// its ratio to 32 (A. Krizhevsky, 2014; E. Hoffer et al., 2017). The log and
    /// <see cref="TrainingHistory.LearningRate"/> have the figure. <see cref="TrainingOptimizer.AdamW"/> needs 0.001 to 0.003.
    /// </summary>
    [Range(0d, 100d, MinimumIsExclusive = true)]
    public double? LearningRate { get; set; }

    /// <summary>How the learning rate changes during training. Default: one cycle.</summary>
    [EnumDataType(typeof(LearningRateSchedule))]
    public LearningRateSchedule LearningRateSchedule { get; set; } = LearningRateSchedule.OneCycle;

    /// <summary>
    /// Epochs, whole or not, in which the learning rate rises in a straight line from a tenth of what the schedule says; from 0 to
    /// <see cref="Epoch"/>. One cycle and cosine fall over the epochs that are left; steps are counted from the first epoch all the same. Default:
    /// null, a fifth of the epochs for one cycle and none for the other schedules. Large batches need it (P. Goyal et al., 2017).
    /// </summary>
    [Range(0d, int.MaxValue)]
    public double? WarmUpEpochs { get; set; }

    /// <summary>
    /// Epochs, whole or not, after which <see cref="LearningRateSchedule.Steps"/> multiplies the learning rate by
    /// <see cref="LearningRateStepFactor"/>: above 0 and rising, as in [150, 250]. That schedule needs them, the others ignore them. Default: none.
    /// </summary>
    [Required]
    public IReadOnlyList<double> LearningRateSteps { get; set; } = [];

    /// <summary>What each of <see cref="LearningRateSteps"/> multiplies the learning rate by. Above 0, at most 1; default 0.1.</summary>
    [Range(0d, 1d, MinimumIsExclusive = true)]
    public double LearningRateStepFactor { get; set; } = 0.1;

    /// <summary>
    /// Share of <see cref="LearningRate"/> that one cycle and cosine fall to at the end of training; the other schedules ignore it. 0 to 1; default null, the schedule's own:
    /// 0.001 for one cycle, 0 for cosine.
    /// </summary>
    [Range(0d, 1d)]
    public double? FinalLearningRateFactor { get; set; }

    /// <summary>How weights are updated from their gradients. Default: <see cref="TrainingOptimizer.Muon"/>.</summary>
    [EnumDataType(typeof(TrainingOptimizer))]
    public TrainingOptimizer Optimizer { get; set; } = TrainingOptimizer.Muon;

    /// <summary>Momentum, β₁ of <see cref="TrainingOptimizer.AdamW"/>. 0 to below 1; default 0.9.</summary>
    [Range(0d, 1d, MaximumIsExclusive = true)]
    public double Momentum { get; set; } = 0.9;

    /// <summary>
    /// Whether the momentum of <see cref="TrainingOptimizer.Sgd"/> and <see cref="TrainingOptimizer.Muon"/> is Nesterov's, which looks one step
    /// ahead. Without <see cref="Momentum"/>, and with <see cref="TrainingOptimizer.AdamW"/>, it changes nothing. Default: true.
    /// </summary>
    public bool Nesterov { get; set; } = true;

    /// <summary>
    /// Weight decay on weights, not on biases and batch normalisation: L2 with <see cref="TrainingOptimizer.Sgd"/>, decoupled with
    /// <see cref="TrainingOptimizer.AdamW"/>, and on the matrices of <see cref="TrainingOptimizer.Muon"/> decoupled and as fast as L2 would be. 0 to 1;
    /// default 0.0005, the paper's for CIFAR.
    /// </summary>
    [Range(0d, 1d)]
    public double WeightDecay { get; set; } = 5e-4;

    /// <summary>Whether <see cref="WeightDecay"/> acts on biases and batch normalisation, too, as in PyTorch's examples. Default: false.</summary>
    public bool DecayNormAndBias { get; set; }

    /// <summary>
    /// Highest Euclidean norm of all gradients together; larger ones are scaled down to it (R. Pascanu et al., 2013). Above 0; default null, no
    /// limit. It keeps one bad step from ruining the weights.
    /// </summary>
    [Range(0d, 1e9, MinimumIsExclusive = true)]
    public double? MaxGradientNorm { get; set; }

    /// <summary>
    /// Decay d, for each step, of a moving average of the weights: d·average + (1 - d)·weights, at first the plain mean of all steps (A. Tarvainen,
    /// H. Valpola, 2017). The average, with that of batch normalisation's statistics, is validated and kept. 0 to below 1, usually 0.99
    /// to 0.9999: about 1 / (1 - d) steps, which should be a few epochs' at most. Default: 0, the weights themselves.
    /// </summary>
    [Range(0d, 1d, MaximumIsExclusive = true)]
    public double EmaDecay { get; set; }

    /// <summary>
    /// Whether to add an identity branch to convolutions during training and to merge it into their weights afterwards (structural re-parameterization, X. Ding et al., RepVGG,
    /// 2021). It applies to convolutions with batch normalisation that have as many channels out as in and stand in no residual block: those of MobileNet, and of VGG for
    /// small images. They learn faster, in steps that take longer; the saved network is unchanged. With
    /// <see cref="Rf3dImageClassificationTrainer.Options.Pretrained"/> weights they decide: those of a checkpoint keep their branches, others get none. Default: true.
    /// </summary>
    public bool Reparameterization { get; set; } = true;

    /// <summary>
    /// Precision of convolutions during training; the model is float32 in any case. Default: <see cref="TrainingPrecision.Auto"/>, bfloat16
    /// where it is fast; <see cref="TrainingHistory.Precision"/> has the choice, and a resumed training keeps it. The same seed gives another network, of the same quality, in another precision.
    /// </summary>
    [EnumDataType(typeof(TrainingPrecision))]
    public TrainingPrecision Precision { get; set; } = TrainingPrecision.Auto;

    /// <summary>How a pretrained network (<see cref="Rf3dImageClassificationTrainer.Options.Pretrained"/>) is adapted; without one it changes nothing. Default: <see cref="Adaptation.Auto"/>.</summary>
    [EnumDataType(typeof(Adaptation))]
    public Adaptation Adaptation { get; set; } = Adaptation.Auto;

    /// <summary>Share of each target that is spread over all classes, 0 to below 1 (C. Szegedy et al., 2016). Default: 0.1.</summary>
    [Range(0d, 1d, MaximumIsExclusive = true)]
    public double LabelSmoothing { get; set; } = 0.1;

    /// <summary>
    /// How much an image of each class counts in the training loss: <see cref="ClassWeights.Equal"/>, the default; <see cref="ClassWeights.Auto"/> for classes of uneven size;
    /// or <see cref="ClassWeights.Of"/>.
    /// </summary>
    [Required]
    public ClassWeights ClassWeights { get; set; } = ClassWeights.Equal;

    /// <summary>
    /// Whether an epoch draws as many images as there are with replacement, each class equally often on average, rather than each image once.
    /// The other way, besides <see cref="ClassWeights.Auto"/>, to make up for classes of uneven size; both together would do it twice and are
    /// refused. Default: false.
    /// </summary>
    public bool BalancedSampling { get; set; }

    /// <summary>
    /// Whether training images are shifted at random by up to a sixteenth of their size (<see cref="AugmentationOptions.CropPaddingFraction"/>); the border that this
    /// opens is filled with the mirrored image, or with black (<see cref="AugmentationOptions.CropPaddingMode"/>). Default: true.
    /// </summary>
    public bool RandomCrop { get; set; } = true;

    /// <summary>
    /// Whether half of the training images are mirrored left to right, in the next epoch the other half
    /// (<see cref="AugmentationOptions.AlternatingFlip"/>). Turn it off where that changes the class. Default: true.
    /// </summary>
    public bool RandomFlip { get; set; } = true;

    /// <summary>
    /// Augmentation of the training images besides: resized crops, rotation, colours, erasing, MixUp, CutMix, RandAugment, all off by default; and how
    /// crops and flips are done.
    /// </summary>
    [Required]
    public AugmentationOptions Augmentation { get; set; } = new();

    /// <summary>
    /// Whether an image is scored as the mean of itself and of its mirror image: the mean is over the inputs of the last linear layer, which gives the
    /// same as over its outputs. It holds for validation, for the model and for the ONNX file, and doubles the time that scoring takes.
    /// Where mirroring changes the class it does harm, as <see cref="RandomFlip"/> does. Default: false.
    /// </summary>
    public bool TestTimeFlip { get; set; }

    /// <summary>
    /// Mean of red, green and blue on the scale 0 to 1, which is subtracted before the network sees an image: three figures from 0 to 1. Set it
    /// together with <see cref="ChannelStandardDeviation"/>. Default: null, measured on the training images. Published networks come with theirs.
    /// </summary>
    public IReadOnlyList<double>? ChannelMean { get; set; }

    /// <summary>
    /// Standard deviation of red, green and blue on the scale 0 to 1, by which the centred image is divided: three figures above 0, at most 1. Set
    /// it together with <see cref="ChannelMean"/>. Default: null, measured on the training images.
    /// </summary>
    public IReadOnlyList<double>? ChannelStandardDeviation { get; set; }

    /// <summary>The same figures, with lists of their own, so that later changes of one do not reach the other.</summary>
    internal TrainingRecipe Copy()
    {
        var copy = (TrainingRecipe)MemberwiseClone();
        // Null is an error that the check of the options reports.
        copy.LearningRateSteps = LearningRateSteps?.ToArray()!;
        copy.ChannelMean = ChannelMean?.ToArray();
        copy.ChannelStandardDeviation = ChannelStandardDeviation?.ToArray();
        return copy;
    }

    internal TrainingRecipe With(Action<TrainingRecipe> change)
    {
        var copy = Copy();
        change(copy);
        return copy;
    }
}
