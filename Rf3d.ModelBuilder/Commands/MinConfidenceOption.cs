using System.CommandLine;

namespace Rf3d.ModelBuilder;

/// <summary>The option --min-confidence of the commands that predict with a saved model.</summary>
internal sealed class MinConfidenceOption
{
    public MinConfidenceOption() => OptionLimits.Between(Option, 0, 1);

    public Option<float?> Option { get; } = new("--min-confidence")
    {
        HelpName = "P",
        Description = "Predict Unknown where the most probable class has a probability below P, 0 to 1; 0 for no such threshold. Default: the threshold stored in the model ('rf3d threshold'), or none.",
    };
}
