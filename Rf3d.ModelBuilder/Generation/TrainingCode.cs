using Rf3d.MLNet;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.ModelBuilder;

/// <summary>The lines of C# that set the options of a training, so that it trains the same weights again.</summary>
internal static class TrainingCode
{
    /// <summary>The differences from the preset, with the values that were chosen automatically.</summary>
    public static IEnumerable<string> Lines(TrainingRequest request, Rf3dImageClassificationTransformer model)
    {
        var (preset, trained, history) = (TrainerOptions.FromPreset(request.Preset), request.Options(), model.History);
        // A path stays one; "auto" is replaced by the name of the chosen network.
        if (trained.Pretrained == "auto")
            trained.Pretrained = history.Pretrained?.Name ?? "none";
        trained.Adaptation = history.Pretrained?.Adaptation ?? trained.Adaptation;
        // A probe trains no epochs.
        if (history.Pretrained?.Adaptation is not Adaptation.Probe)
        {
            (trained.BatchSize, trained.LearningRate, trained.Precision) = (history.BatchSize, history.LearningRate, history.Precision);
            // A number that is left open follows from the images again, which may be more by then.
            if (history.Epochs is [{ EpochCount: var epochs }, ..] && (trained.Epoch is not null || request.FitsEpochsToTime))
                trained.Epoch = epochs;
        }
        yield return $"options.{nameof(TrainerOptions.Seed)} = {OptionValues.Code(request.Seed)};";
        yield return $"options.{nameof(TrainerOptions.ImageHeight)} = {OptionValues.Code(model.Plan.Optimized.Input.Height)};";
        yield return $"options.{nameof(TrainerOptions.ImageWidth)} = {OptionValues.Code(model.Plan.Optimized.Input.Width)};";
        if (history.Pretrained is { LearnedValidationImages: true })
            yield return $"options.{nameof(TrainerOptions.RefitOnValidationSet)} = true;";
        foreach (var option in TrainingOptionTable.All)
        {
            var value = option.Get(trained);
            if (OptionValues.Text(value) != OptionValues.Text(option.Get(preset)))
                yield return option.Code(value);
        }
    }
}
