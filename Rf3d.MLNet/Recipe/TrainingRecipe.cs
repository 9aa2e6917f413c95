using System.ComponentModel.DataAnnotations;

namespace Rf3d.MLNet;

/// <summary>
/// The recipe of a training: all values that determine how weights are learned from images. Columns, network, data and device are in
/// <see cref="Rf3dImageClassificationTrainer.Options"/>, which adds them.
/// </summary>
public class TrainingRecipe
{
    /// <summary>Number of images in a training step.</summary>
    /// <value>Images, 2 to 65,536. Default: null, chosen for the device.</value>
    /// <remarks>
    /// On a CPU null means 32. On a GPU it means the number of images that keeps the device busy, from 32 to 1,024, and leaves an epoch 64 steps if the set is large enough;
    /// fewer, down to 2, if its memory is too small for them. The log, <see cref="TrainingHistory.BatchSize"/> and checkpoints have the number. A resumed training keeps it.
    /// </remarks>
    [Range(2, 65_536)]
    public int? BatchSize { get; set; }

    /// <summary>Number of passes over the training images.</summary>
    /// <value>Epochs, at least 1. Default: null: 20, or more for a few images.</value>
    /// <remarks>
    /// For fewer than 1,200 training images null means as many epochs as show the network 24,000 images, but at most 200. It means 20 in any case if training starts from
    /// learned weights, if <see cref="WarmUpEpochs"/> is above 0, and for <see cref="LearningRateSchedule.Steps"/>. The log and <see cref="TrainingMetrics.EpochCount"/> have
    /// the number. Every epoch also scores the validation images: set a number if there are many more of them than training images.
    /// </remarks>
    [Range(1, int.MaxValue)]
    public int? Epoch { get; set; }

    /// <summary>
    /// Share of the training images of each class that is held out for validation when there is no <see cref="Rf3dImageClassificationTrainer.Options.ValidationSet"/>.
    /// </summary>
    /// <value>A share, 0 to below 1. Default: 0.1.</value>
    /// <remarks>
    /// At least one image of each class that has two is held out. With 0, all images are trained on and the last epoch is the model. A classifier on pretrained features
    /// (<see cref="Adaptation.Probe"/>) learns from the held-out images, too, after it was measured on them.
    /// </remarks>
    [Range(0f, 1f, MaximumIsExclusive = true)]
    public float ValidationSetFraction { get; set; } = 0.1f;

    /// <summary>When training stops before the last epoch.</summary>
    /// <value>Default: null, never.</value>
    /// <remarks>
    /// The best epoch is the model in any case: the one with the highest validation accuracy and, among equals, the lowest validation loss. With
    /// <see cref="EarlyStoppingMetric.Loss"/> the loss is compared first.
    /// </remarks>
    public EarlyStopping? EarlyStoppingCriteria { get; set; }

    /// <summary>Highest learning rate of the schedule.</summary>
    /// <value>Above 0, at most 100. Default: null, 0.05.</value>
    /// <remarks>
    /// If <see cref="BatchSize"/> is null as well, 0.05 is multiplied by the square root of the chosen batch size divided by 32 (A. Krizhevsky, 2014; E. Hoffer et al.,
    /// 2017). A pretrained network is fine-tuned at a fifth of this default. The log and <see cref="TrainingHistory.LearningRate"/> have the number.
    /// <see cref="TrainingOptimizer.AdamW"/> needs 0.001 to 0.003.
    /// </remarks>
    [Range(0d, 100d, MinimumIsExclusive = true)]
    public double? LearningRate { get; set; }

    /// <summary>How the learning rate changes during training.</summary>
    /// <value>Default: <see cref="LearningRateSchedule.OneCycle"/>.</value>
    [EnumDataType(typeof(LearningRateSchedule))]
    public LearningRateSchedule LearningRateSchedule { get; set; } = LearningRateSchedule.OneCycle;

    /// <summary>Number of epochs in which the learning rate rises linearly from a tenth of the value of the schedule.</summary>
    /// <value>Epochs, also fractions, from 0 to <see cref="Epoch"/> (20 if it is null). Default: null, a fifth of the epochs for one cycle and 0 for the other schedules.</value>
    /// <remarks>
    /// One cycle and cosine fall over the remaining epochs. Steps are counted from the first epoch. Large batches need a warm-up (P. Goyal et al., 2017).
    /// </remarks>
    [Range(0d, int.MaxValue)]
    public double? WarmUpEpochs { get; set; }

    /// <summary>Epochs after which <see cref="LearningRateSchedule.Steps"/> multiplies the learning rate by <see cref="LearningRateStepFactor"/>.</summary>
    /// <value>Epochs, also fractions, above 0 and ascending, as in [150, 250]. Default: [].</value>
    /// <remarks>Required for <see cref="LearningRateSchedule.Steps"/>. The other schedules ignore it.</remarks>
    [Required]
    public IReadOnlyList<double> LearningRateSteps { get; set; } = [];

    /// <summary>Factor that the learning rate is multiplied by at each of <see cref="LearningRateSteps"/>.</summary>
    /// <value>Above 0, at most 1. Default: 0.1.</value>
    [Range(0d, 1d, MinimumIsExclusive = true)]
    public double LearningRateStepFactor { get; set; } = 0.1;

    /// <summary>Learning rate at the end of training, as a share of <see cref="LearningRate"/>.</summary>
    /// <value>0 to 1. Default: null, 0.001 for one cycle and 0 for cosine.</value>
    /// <remarks>The other schedules ignore it.</remarks>
    [Range(0d, 1d)]
    public double? FinalLearningRateFactor { get; set; }

    /// <summary>The algorithm that updates the weights from their gradients.</summary>
    /// <value>Default: <see cref="TrainingOptimizer.Muon"/>.</value>
    [EnumDataType(typeof(TrainingOptimizer))]
    public TrainingOptimizer Optimizer { get; set; } = TrainingOptimizer.Muon;

    /// <summary>Momentum of the optimizer; β₁ of <see cref="TrainingOptimizer.AdamW"/>.</summary>
    /// <value>0 to below 1. Default: 0.9.</value>
    [Range(0d, 1d, MaximumIsExclusive = true)]
    public double Momentum { get; set; } = 0.9;

    /// <summary>Whether <see cref="TrainingOptimizer.Sgd"/> and <see cref="TrainingOptimizer.Muon"/> use Nesterov momentum.</summary>
    /// <value>Default: true.</value>
    /// <remarks>It has no effect if <see cref="Momentum"/> is 0, or with <see cref="TrainingOptimizer.AdamW"/>.</remarks>
    public bool Nesterov { get; set; } = true;

    /// <summary>Weight decay of the weights. Biases and batch normalisation have none, unless <see cref="DecayNormAndBias"/> is true.</summary>
    /// <value>0 to 1. Default: 0.0005, the paper's for CIFAR.</value>
    /// <remarks>
    /// It is L2 regularization with <see cref="TrainingOptimizer.Sgd"/> and decoupled with <see cref="TrainingOptimizer.AdamW"/>. For the matrices of
    /// <see cref="TrainingOptimizer.Muon"/> it is decoupled, scaled to decay as fast as L2 regularization would.
    /// </remarks>
    [Range(0d, 1d)]
    public double WeightDecay { get; set; } = 5e-4;

    /// <summary>Whether <see cref="WeightDecay"/> also applies to biases and batch normalisation, as in PyTorch's examples.</summary>
    /// <value>Default: false.</value>
    public bool DecayNormAndBias { get; set; }

    /// <summary>Highest Euclidean norm of all gradients together. Larger gradients are scaled down to it (R. Pascanu et al., 2013).</summary>
    /// <value>Above 0. Default: null, no limit.</value>
    [Range(0d, 1e9, MinimumIsExclusive = true)]
    public double? MaxGradientNorm { get; set; }

    /// <summary>
    /// Decay d of an exponential moving average of the weights, which is updated at each step: d·average + (1 - d)·weights (A. Tarvainen, H. Valpola, 2017).
    /// </summary>
    /// <value>0 to below 1, usually 0.99 to 0.9999. Default: 0, no average.</value>
    /// <remarks>
    /// The first steps use the plain mean. The averaged weights and batch normalisation statistics are validated and saved. The average covers about 1 / (1 - d) steps,
    /// which should be at most a few epochs.
    /// </remarks>
    [Range(0d, 1d, MaximumIsExclusive = true)]
    public double EmaDecay { get; set; }

    /// <summary>
    /// Whether an identity branch is added to convolutions during training and merged into their weights afterwards (structural re-parameterization; X. Ding et al.,
    /// RepVGG, 2021).
    /// </summary>
    /// <value>Default: true.</value>
    /// <remarks>
    /// It applies to convolutions with batch normalisation that have as many input as output channels and are not in a residual block: those of MobileNet, and of VGG for
    /// small images. Such networks reach a higher accuracy in the same number of epochs, and each step takes longer. The saved network is unchanged. If training starts from
    /// pretrained weights or a saved model, no branches are added. A checkpoint of a training with identity branches keeps them; false is then an error.
    /// </remarks>
    public bool Reparameterization { get; set; } = true;

    /// <summary>Precision of convolutions during training. The saved model is float32.</summary>
    /// <value>Default: <see cref="TrainingPrecision.Auto"/>, bfloat16 where it is fast.</value>
    /// <remarks>
    /// <see cref="TrainingHistory.Precision"/> has the precision used, and a resumed training keeps it. With the same seed, different precisions train different weights,
    /// of the same quality.
    /// </remarks>
    [EnumDataType(typeof(TrainingPrecision))]
    public TrainingPrecision Precision { get; set; } = TrainingPrecision.Auto;

    /// <summary>How a pretrained network is adapted. Without <see cref="Rf3dImageClassificationTrainer.Options.Pretrained"/> weights it has no effect.</summary>
    /// <value>Default: <see cref="Adaptation.Auto"/>.</value>
    [EnumDataType(typeof(Adaptation))]
    public Adaptation Adaptation { get; set; } = Adaptation.Auto;

    /// <summary>Share of each target that is spread evenly over all classes (C. Szegedy et al., 2016).</summary>
    /// <value>0 to below 1. Default: 0.1.</value>
    [Range(0d, 1d, MaximumIsExclusive = true)]
    public double LabelSmoothing { get; set; } = 0.1;

    /// <summary>Weight of each class in the training loss.</summary>
    /// <value>Default: <see cref="ClassWeights.Equal"/>.</value>
    /// <remarks><see cref="ClassWeights.Auto"/> is for classes of uneven size. <see cref="ClassWeights.Of"/> sets the weights.</remarks>
    [Required]
    public ClassWeights ClassWeights { get; set; } = ClassWeights.Equal;

    /// <summary>Whether an epoch draws its images with replacement, each class equally often on average, instead of each image once.</summary>
    /// <value>Default: false.</value>
    /// <remarks>
    /// It is an alternative to <see cref="ClassWeights.Auto"/> for classes of uneven size. Both together are an error. A classifier on the features of a pretrained network draws no images: its classes have the weights
    /// of <see cref="ClassWeights.Auto"/>.
    /// </remarks>
    public bool BalancedSampling { get; set; }

    /// <summary>Whether training images are shifted at random.</summary>
    /// <value>Default: true.</value>
    /// <remarks>
    /// <see cref="AugmentationOptions.CropPaddingFraction"/> sets how far, and <see cref="AugmentationOptions.CropPaddingMode"/> how the border is filled.
    /// </remarks>
    public bool RandomCrop { get; set; } = true;

    /// <summary>
    /// Whether half of the training images are mirrored left to right, in the next epoch the other half (<see cref="AugmentationOptions.AlternatingFlip"/>).
    /// </summary>
    /// <value>Default: true.</value>
    /// <remarks>Set it to false if mirroring changes the class, as with digits and letters.</remarks>
    public bool RandomFlip { get; set; } = true;

    /// <summary>
    /// Further augmentation of the training images: resized crops, rotation, colours, erasing, MixUp, CutMix, RandAugment. Also sets how crops and flips are done.
    /// </summary>
    /// <value>Default: random crops and flips only.</value>
    [Required]
    public AugmentationOptions Augmentation { get; set; } = new();

    /// <summary>Whether the score of an image is the mean over the image and its mirror image (test-time augmentation).</summary>
    /// <value>Default: false.</value>
    /// <remarks>
    /// It applies to validation, to the saved model and to the ONNX file, and doubles the time of scoring. The mean is taken before the last linear layer, which is equal
    /// to the mean of its outputs. Leave it false if mirroring changes the class.
    /// </remarks>
    public bool TestTimeFlip { get; set; }

    /// <summary>Whether the probabilities of the model are calibrated after training, by temperature scaling on images that were held out (C. Guo et al., 2017).</summary>
    /// <value>Default: true.</value>
    /// <remarks>
    /// It needs 100 such images: those of the validation, or for a classifier on pretrained features the training images in cross-validation. The outputs of the network are divided by the
    /// number that gives them the lowest log loss, if it also lowers that of images which it was not fitted to. No predicted class changes. <see cref="TrainingHistory.Calibration"/> has the figures.
    /// Checkpoints have the weights before it.
    /// </remarks>
    public bool CalibrateProbabilities { get; set; } = true;

    /// <summary>Mean of the red, green and blue values, which is subtracted before the network.</summary>
    /// <value>Three values from 0 to 1, on the scale 0 to 1. Default: null, measured on the training images.</value>
    /// <remarks>
    /// Set it together with <see cref="ChannelStandardDeviation"/>. Pretrained networks have their own, which is used instead of that of a preset. Another value replaces it, and the log has a warning.
    /// </remarks>
    public IReadOnlyList<double>? ChannelMean { get; set; }

    /// <summary>Standard deviation of the red, green and blue values, which the centred image is divided by.</summary>
    /// <value>Three values above 0, at most 1, on the scale 0 to 1. Default: null, measured on the training images.</value>
    /// <remarks>Set it together with <see cref="ChannelMean"/>.</remarks>
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
