using System.Globalization;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>
/// The options whose values are those of a model that is continued: its weights were learned from images that were prepared in this way. An option that a user sets to another value is an error. A
/// value of a preset is no choice of the user, and gives way.
/// </summary>
internal static class ContinuedPreparation
{
    // Of pixels of 0 to 255. Options have figures of three or four digits.
    private const double Tolerance = 0.15;

    /// <param name="options">The options.</param>
    /// <param name="model">The model.</param>
    /// <param name="path">Its file, for the error.</param>
    /// <returns>The names of the options that have another value by their preset; empty if there are none.</returns>
    /// <exception cref="OptionConflictException">An option is set to another value.</exception>
    public static IReadOnlyList<string> Check(TrainerOptions options, SavedModelNetwork model, string path)
    {
        var plain = new TrainerOptions();
        var preset = options.Preset is { } name ? TrainerOptions.FromPreset(name) : plain;
        List<string> ofPreset = [];
        foreach (var setting in Options(model.Preparation, model.Network.Input))
        {
            var value = setting.Value(options);
            if (value == setting.Value(plain) || setting.IsOwn(options))
                continue;
            if (value != setting.Value(preset))
            {
                var option = new OptionName(setting.Option);
                throw new OptionConflictException(
                    $"{new OptionName(nameof(options.ContinueFrom))} is '{path}', whose images are prepared with {option} {setting.Own}, but {option} is {value}. Leave {option} out.");
            }
            ofPreset.Add(setting.Option);
        }
        return ofPreset;
    }

    private static IEnumerable<PreparationOption> Options(ImagePreprocessing images, PretrainedInput input)
    {
        var (resized, seen) = (new Size2D(images.Height, images.Width), images.Crop);
        var normalisation = input.StatisticsFor(seen.Height, seen.Width);
        yield return new(nameof(TrainerOptions.ImageHeight), options => Text(options.ImageHeight), Text(seen.Height), options => options.ImageHeight == seen.Height);
        yield return new(nameof(TrainerOptions.ImageWidth), options => Text(options.ImageWidth), Text(seen.Width), options => options.ImageWidth == seen.Width);
        yield return new(
            nameof(TrainerOptions.CropFraction), options => Text(options.CropFraction), Text(Math.Round((double)seen.Height / resized.Height, 4)),
            options => options.CropFraction is { } share && new Size2D(PretrainedInput.ShortSide(seen.Height, share), PretrainedInput.ShortSide(seen.Width, share)) == resized);
        yield return new(nameof(TrainerOptions.Resizing), options => options.Resizing.ToString(), images.Resizing.ToString(), options => options.Resizing == images.Resizing);
        yield return new(nameof(TrainerOptions.Background), options => options.Background.ToString(), images.Background?.ToString() ?? "none", options => options.Background == images.Background);
        yield return new(
            nameof(TrainerOptions.ChannelMean), options => Text(options.ChannelMean), normalisation.MeanImage is null ? Text(Fractions(normalisation.Mean)) : "of each pixel",
            options => normalisation.MeanImage is null && IsClose(options.ChannelMean, normalisation.Mean));
        yield return new(
            nameof(TrainerOptions.ChannelStandardDeviation), options => Text(options.ChannelStandardDeviation), Text(Fractions(normalisation.StandardDeviation)),
            options => IsClose(options.ChannelStandardDeviation, normalisation.StandardDeviation));
    }

    private static bool IsClose(IReadOnlyList<double>? given, float[] own) => given is not null && given.Zip(own).All(pair => Math.Abs((byte.MaxValue * pair.First) - pair.Second) <= Tolerance);

    private static IEnumerable<double> Fractions(float[] values) => values.Select(value => Math.Round((double)value / byte.MaxValue, 4));

    private static string Text(IEnumerable<double>? values) => values is null ? "" : $"[{string.Join(", ", values.Select(value => Text(value)))}]";

    private static string Text(double? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";

    /// <summary>An option, and what the model has in its place.</summary>
    /// <param name="Option">The name of the option.</param>
    /// <param name="Value">Its value as text.</param>
    /// <param name="Own">The model's as text.</param>
    /// <param name="IsOwn">Whether options have the model's.</param>
    private sealed record PreparationOption(string Option, Func<TrainerOptions, string> Value, string Own, Func<TrainerOptions, bool> IsOwn);
}
