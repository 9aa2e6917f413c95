using System.Text.Json.Serialization;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Training recipes by name, for <see cref="Rf3dImageClassificationTrainer.Options.FromPreset"/>.</summary>
[JsonConverter(typeof(EnumNameConverter<TrainingPreset>))]
public enum TrainingPreset
{
    /// <summary>The default recipe with a quarter of the epochs, 5, for first results and for CPUs.</summary>
    Fast,

    /// <summary>The defaults of the options: one cycle over 20 epochs, or over more for fewer than 1,200 images.</summary>
    Default,

    /// <summary>
    /// For a few hundred images: 100 epochs in batches of 16, a learning rate of 0.02, crops that reach an eighth of the image, flips with probability 0.5, resized crops
    /// of at least a third of the image, brightness, contrast and saturation changed by up to 0.3, and the moving average of the weights over some 200 steps.
    /// <see cref="TrainingRecipe.ValidationSetFraction"/> is 0, because there are too few images to choose an epoch by: without a validation set, the last epoch is the model.
    /// </summary>
    FewImages,

    /// <summary>
    /// Section 5 of the paper for CIFAR, on images of 32×32 pixels: 350 epochs from a learning rate of 0.1, a tenth of it after 150 and again after 250;
    /// momentum 0.9, weight decay 0.0005, the paper's mean and deviation. Batches of 128, random crops with 4 pixels of black padding and flips are
    /// those of the implementations that it cites. Days on a CPU.
    /// </summary>
    PaperCifar,

    /// <summary>
    /// Section 5 of the paper for ImageNet, which is PyTorch's official example at 120 epochs, on images of 224×224 pixels: a learning rate of
    /// 0.1, a tenth of it after every 30 epochs; momentum 0.9, weight decay 0.0001 on all parameters, batches of 256, resized crops and flips.
    /// The crops are taken from images already resized to 224×224, the example's from the original ones. Weeks on a CPU.
    /// </summary>
    PaperImageNet,
}
