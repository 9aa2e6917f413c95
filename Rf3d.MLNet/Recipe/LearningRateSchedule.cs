using System.Text.Json.Serialization;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// How the learning rate changes during training. During the first <see cref="TrainingRecipe.WarmUpEpochs"/> it rises linearly from a tenth of the value of the schedule. The
/// number of epochs stays the same.
/// </summary>
[JsonConverter(typeof(EnumNameConverter<LearningRateSchedule>))]
public enum LearningRateSchedule
{
    /// <summary>
    /// One cycle (L. N. Smith, 2018): it rises from a tenth of the learning rate over the first fifth of the epochs (or over <see cref="TrainingRecipe.WarmUpEpochs"/>),
    /// and then falls linearly to nearly zero. It has the highest accuracy for few epochs.
    /// </summary>
    OneCycle,

    /// <summary>
    /// The paper's steps (section 5), for any number of epochs: the learning rate, a tenth of it from 150/350 of the epochs on, a hundredth from
    /// 250/350 on. With 350 epochs and a learning rate of 0.1 it is the paper's own schedule for CIFAR.
    /// </summary>
    PaperSteps,

    /// <summary>A constant learning rate.</summary>
    Constant,

    /// <summary>Half a cosine from the learning rate down to zero (I. Loshchilov, F. Hutter, 2017, without restarts).</summary>
    Cosine,

    /// <summary>The learning rate, times <c>LearningRateStepFactor</c> after each epoch of <c>LearningRateSteps</c>.</summary>
    Steps,
}
