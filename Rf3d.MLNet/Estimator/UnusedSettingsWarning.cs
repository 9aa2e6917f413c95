using System.Globalization;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>A warning on settings of the training of all layers, where only the last one is trained.</summary>
internal static class UnusedSettingsWarning
{
    /// <param name="options">The options as set. Values of a preset are no choice of the user.</param>
    /// <returns>Null where none is set.</returns>
    public static string? Of(TrainerOptions options)
    {
        // An experiment sets the number of epochs of each candidate.
        if (options.PauseAfterEpoch is not null)
            return null;
        var preset = options.Preset is { } name ? TrainerOptions.FromPreset(name) : new();
        var unused = new (string Name, bool IsSet)[]
        {
            (nameof(options.Epoch), options.Epoch != preset.Epoch),
            (nameof(options.BatchSize), options.BatchSize != preset.BatchSize),
            (nameof(options.LearningRate), options.LearningRate != preset.LearningRate),
        }.Where(setting => setting.IsSet).Select(setting => new OptionName(setting.Name)).ToList();
        if (unused.Count == 0)
            return null;
        var reason = options.Adaptation is Adaptation.Auto
            ? string.Create(CultureInfo.InvariantCulture, $" by default for fewer than {AdaptationChoice.FewestImagesToTune:#,0} images")
            : "";
        var other = options.ContinueFrom is null ? $", {new OptionName(nameof(options.Pretrained))} \"{PretrainedChoice.Nothing}\" starts from random weights (rf3d: --pretrained none)" : "";
        return $"{string.Join(" and ", unused)} {(unused.Count == 1 ? "is" : "are")} not used: only the last layer is trained{reason}, by a logistic regression. "
            + $"{new OptionName(nameof(options.Adaptation))} {nameof(Adaptation.FineTune)} trains all layers (rf3d: --adaptation finetune){other}.";
    }
}
