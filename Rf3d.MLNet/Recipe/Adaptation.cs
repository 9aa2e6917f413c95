using System.Text.Json.Serialization;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>How a pretrained network is adapted to the images.</summary>
[JsonConverter(typeof(EnumNameConverter<Adaptation>))]
public enum Adaptation
{
    /// <summary>
    /// <see cref="Probe"/> below 1,000 training images. From there on, both <see cref="Probe"/> and <see cref="FineTune"/>, and the model is the one with the lower
    /// validation loss; without validation images it is the fine-tuned one.
    /// </summary>
    Auto,

    /// <summary>
    /// A multinomial logistic regression on the features of the images, with the network unchanged. Mirror images are learned, too, if
    /// <see cref="TrainingRecipe.TestTimeFlip"/> is on, or if <see cref="TrainingRecipe.RandomFlip"/> is on and there are at most 128 training images. Cross-validation chooses
    /// the strength of the L2 regularization. It takes seconds to minutes on a CPU.
    /// </summary>
    Probe,

    /// <summary>All weights are trained, starting from the network and the classifier of the probe (S. Kornblith et al., 2019; A. Kumar et al., 2022).</summary>
    FineTune,
}
