using System.Text.Json.Serialization;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>How a pretrained network is adapted to the images at hand.</summary>
[JsonConverter(typeof(EnumNameConverter<Adaptation>))]
public enum Adaptation
{
    /// <summary>
    /// <see cref="Probe"/> below 1,000 training images. Above, <see cref="FineTune"/> as well, and the one of the lower loss on the validation images is kept; without validation images
    /// the fine-tuned one.
    /// </summary>
    Auto,

    /// <summary>
    /// The network stays as it is, and a multinomial logistic regression learns the classes from its features of images and mirror images; cross-validation chooses its strength. No
    /// epochs are trained: seconds to minutes on a CPU.
    /// </summary>
    Probe,

    /// <summary>All weights learn, from the network and the probe's classifier on (S. Kornblith et al., 2019; A. Kumar et al., 2022).</summary>
    FineTune,
}
