using System.CommandLine;

namespace Rf3d.ModelBuilder;

/// <summary>The options --min-confidence and --min-typicality of the commands that predict with a saved model.</summary>
internal sealed class UnknownOptions
{
    public UnknownOptions()
    {
        OptionLimits.Between(MinConfidence, 0, 1);
        OptionLimits.Between(MinTypicality, 0, 1);
    }

    public Option<float?> MinConfidence { get; } = new("--min-confidence")
    {
        HelpName = "P",
        Description = "Predict Unknown where the most probable class has a probability below P, 0 to 1; 0 for no such threshold. Default: the threshold stored in the model ('rf3d threshold'), or none.",
    };

    public Option<float> MinTypicality { get; } = new("--min-typicality")
    {
        HelpName = "SHARE",
        Description = "Also predict Unknown if the typicality of the image is below SHARE, 0 to 1: if a smaller share of the training images is at most as similar to a class as the image is. Only for classifiers on pretrained features.",
    };
}
