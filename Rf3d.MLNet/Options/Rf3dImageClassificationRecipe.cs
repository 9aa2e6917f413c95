using System.ComponentModel.DataAnnotations;

namespace Rf3d.MLNet;

public sealed partial class Rf3dImageClassificationTrainer
{
    // The recipe: how the weights are learned from the images. Columns, network and data are in the other part of this class.
    public sealed partial class Options
    {
        /// <summary>Options with a recipe by name, to go on from: every figure of it may be changed afterwards.</summary>
        /// <param name="preset">
        /// The recipe. It sets how to train, and the paper's two the size of the images; network, plan and columns stay as they are by default.
        /// </param>
        /// <exception cref="ArgumentOutOfRangeException">There is no such preset.</exception>
        public static Options FromPreset(TrainingPreset preset) => TrainingPresets.Create(preset);

        /// <summary>
        /// Highest learning rate of the schedule. Above 0, at most 100. Default: null, which is 0.05; where <see cref="BatchSize"/> is worked out as well, times the root of
        /// its ratio to 32, so that the noise of a step moves the weights as far (A. Krizhevsky, 2014; E. Hoffer et al., 2017). The log and
        /// <see cref="TrainingHistory.LearningRate"/> have the figure. <see cref="MLNet.TrainingOptimizer.AdamW"/> wants 0.001 to 0.003.
        /// </summary>
        [Range(0d, 100d, MinimumIsExclusive = true)]
        public double? LearningRate { get; set; }

        /// <summary>How the learning rate changes while training. Default: one cycle.</summary>
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
        /// <see cref="LearningRateStepFactor"/>: above 0 and rising, as in [150, 250]. That schedule needs them, the others ignore them. Default: null.
        /// </summary>
        public IReadOnlyList<double>? LearningRateSteps { get; set; }

        /// <summary>What each of <see cref="LearningRateSteps"/> multiplies the learning rate by. Above 0, at most 1; default 0.1.</summary>
        [Range(0d, 1d, MinimumIsExclusive = true)]
        public double LearningRateStepFactor { get; set; } = 0.1;

        /// <summary>How the weights follow their gradients. Default: <see cref="MLNet.TrainingOptimizer.Muon"/>.</summary>
        [EnumDataType(typeof(TrainingOptimizer))]
        public TrainingOptimizer Optimizer { get; set; } = TrainingOptimizer.Muon;

        /// <summary>Momentum, β₁ of <see cref="MLNet.TrainingOptimizer.AdamW"/>. 0 to below 1; default 0.9.</summary>
        [Range(0d, 1d, MaximumIsExclusive = true)]
        public double Momentum { get; set; } = 0.9;

        /// <summary>
        /// Whether the momentum of <see cref="MLNet.TrainingOptimizer.Sgd"/> and <see cref="MLNet.TrainingOptimizer.Muon"/> is Nesterov's, which looks one step
        /// ahead. Without <see cref="Momentum"/>, and with <see cref="MLNet.TrainingOptimizer.AdamW"/>, it changes nothing. Default: true.
        /// </summary>
        public bool Nesterov { get; set; } = true;

        /// <summary>
        /// Weight decay on weights, not on biases and batch normalisation: L2 with <see cref="MLNet.TrainingOptimizer.Sgd"/>, decoupled with
        /// <see cref="MLNet.TrainingOptimizer.AdamW"/>, and on the matrices of <see cref="MLNet.TrainingOptimizer.Muon"/> decoupled and as fast as L2 would be. 0 to 1;
        /// default 0.0005, the paper's for CIFAR.
        /// </summary>
        [Range(0d, 1d)]
        public double WeightDecay { get; set; } = 5e-4;

        /// <summary>Whether <see cref="WeightDecay"/> acts on biases and batch normalisation, too, as in PyTorch's examples. Default: false.</summary>
        public bool DecayNormAndBias { get; set; }

        /// <summary>
        /// Highest Euclidean norm of all gradients together; larger ones are scaled down to it (R. Pascanu et al., 2013). Above 0; default null, no
        /// limit. It keeps a step that goes wrong from ruining the weights.
        /// </summary>
        [Range(0d, 1e9, MinimumIsExclusive = true)]
        public double? MaxGradientNorm { get; set; }

        /// <summary>
        /// Decay d, for each step, of a moving average of the weights: d·average + (1 - d)·weights, at first the plain mean of all steps (A. Tarvainen,
        /// H. Valpola, 2017). The average, with that of batch normalisation's statistics, is what is validated and kept. Above 0 and below 1, 0.99
        /// to 0.9999: about 1 / (1 - d) steps, which should be a few epochs' at most. Default: null, the weights themselves.
        /// </summary>
        [Range(0d, 1d, MinimumIsExclusive = true, MaximumIsExclusive = true)]
        public double? EmaDecay { get; set; }

        /// <summary>
        /// Whether convolutions with batch normalisation that have as many channels out as in, and stand in no residual block, learn with an identity
        /// shortcut around them, which is taken into their weights when training ends (structural re-parameterization, X. Ding et al., RepVGG, 2021).
        /// Networks without shortcuts of their own, MobileNet and VGG for small images (for large ones it has no batch normalisation), learn faster so, in
        /// steps that take longer; what is saved is the planned network, no larger and no slower. With
        /// <see cref="WarmStart"/> the weights decide: those of a checkpoint go on as they were learnt, others without shortcuts. Default: true.
        /// </summary>
        public bool Reparameterization { get; set; } = true;

        /// <summary>
        /// The numbers that convolutions multiply while training; the model is float32 in any case. Default: <see cref="TrainingPrecision.Auto"/>, bfloat16
        /// where it is fast. The same seed trains another network, of the same quality, in another precision.
        /// </summary>
        [EnumDataType(typeof(TrainingPrecision))]
        public TrainingPrecision Precision { get; set; } = TrainingPrecision.Auto;

        /// <summary>Share of each target that is spread over all classes, 0 to below 1 (C. Szegedy et al., 2016). Default: 0.1.</summary>
        [Range(0d, 1d, MaximumIsExclusive = true)]
        public double LabelSmoothing { get; set; } = 0.1;

        /// <summary>
        /// How much an image of each class counts in the training loss: <see cref="ClassWeights.Auto"/> for classes of uneven size, or
        /// <see cref="ClassWeights.Of"/>. Default: null, all the same.
        /// </summary>
        public ClassWeights? ClassWeights { get; set; }

        /// <summary>
        /// Whether an epoch draws as many images as there are with replacement, each class equally often on average, rather than each image once.
        /// The other way, besides <see cref="ClassWeights.Auto"/>, to make up for classes of uneven size; both together would do it twice and are
        /// refused. Default: false.
        /// </summary>
        public bool BalancedSampling { get; set; }

        /// <summary>
        /// Whether training images are moved at random by up to a sixteenth of their size (<see cref="AugmentationOptions.CropPaddingFraction"/>), and mirrored at the
        /// border that this opens (or black: <see cref="AugmentationOptions.CropPaddingMode"/>). Default: true.
        /// </summary>
        public bool RandomCrop { get; set; } = true;

        /// <summary>
        /// Whether half of the training images are mirrored left to right, in the next epoch the other half
        /// (<see cref="AugmentationOptions.AlternatingFlip"/>). Turn it off where that changes the class. Default: true.
        /// </summary>
        public bool RandomFlip { get; set; } = true;

        /// <summary>
        /// What training images go through besides: resized crops, rotation, colours, erasing, MixUp, CutMix, RandAugment, by default none of it; and how
        /// crops and flips are done.
        /// </summary>
        [Required]
        public AugmentationOptions Augmentation { get; set; } = new();

        /// <summary>
        /// Whether an image is scored as the mean of itself and of its mirror image: the mean is over what the last linear layer sees, which is the
        /// same as over what it gives. It holds for validation, for the model and for the ONNX file, and doubles the time that scoring takes.
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

        // Lists could be changed after the trainer took its copy.
        private void CopyRecipe()
        {
            LearningRateSteps = LearningRateSteps?.ToArray();
            ChannelMean = ChannelMean?.ToArray();
            ChannelStandardDeviation = ChannelStandardDeviation?.ToArray();
        }
    }
}
