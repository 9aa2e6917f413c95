using System.CommandLine;
using Microsoft.ML;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d threshold</c>: the confidence below which a saved model does not answer.</summary>
internal static class ThresholdCommand
{
    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var model = new Argument<string>("MODEL") { Description = "The .zip that was trained." };
        var minConfidence = new Option<float?>("--min-confidence") { HelpName = "P", Description = "The model predicts Unknown if the probability of the most probable class is below P, 0 to 1; 0 for no threshold." };
        OptionLimits.Between(minConfidence, 0, 1);
        var command = new Command("threshold", "Stores in a saved model the confidence below which it predicts Unknown, or shows the stored one. 'rf3d evaluate' and the report list thresholds to choose from.") { model, minConfidence };
        command.SetAction(arguments =>
        {
            var path = arguments.GetValue(model)!;
            cancellation.ThrowIfCancellationRequested();
            if (arguments.GetValue(minConfidence) is { } threshold)
                Rf3dSavedModel.StoreMinConfidence(path, threshold);
            using var saved = Rf3dSavedModel.Load(new MLContext(), path, new() { Device = "cpu" });
            console.Out.WriteLine(saved.MinConfidence > 0
                ? Numbers.Text($"{path} predicts {saved.UnknownLabel} where the most probable class has a probability below {saved.MinConfidence:0.#######}.")
                : $"{path} has no threshold: it predicts the most probable class of every image.");
            return ExitCode.Ok;
        });
        return command;
    }
}
