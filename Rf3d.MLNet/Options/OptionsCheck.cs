using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>Checks options against the limits that their attributes state, and against each other. Reports every error at once.</summary>
internal static class OptionsCheck
{
    /// <exception cref="ArgumentException">At least one value is out of range.</exception>
    public static void Run(TrainerOptions options)
    {
        var errors = CheckEach(options, "").Concat(CheckTogether(options)).Concat(RecipeCheck.Together(options)).ToList();
        if (errors.Count > 0)
            throw new ArgumentException($"The options of {nameof(Rf3dImageClassificationTrainer)} need a change: {string.Join(" ", errors)}", nameof(options));
    }

    private static IEnumerable<string> CheckEach(object group, string prefix) =>
        group.GetType().GetProperties().SelectMany(property => Check(property, property.GetValue(group), prefix + property.Name));

    private static IEnumerable<string> Check(PropertyInfo property, object? value, string name)
    {
        // Groups of options within the options have limits of their own.
        if (value is AugmentationOptions or RandAugment)
        {
            foreach (var error in CheckEach(value, name + "."))
                yield return error;
        }
        foreach (var limit in property.GetCustomAttributes<ValidationAttribute>())
        {
            // Range lets NaN pass no comparison and then accepts it.
            var isNumber = value is not (double.NaN or float.NaN);
            if (isNumber && limit.IsValid(value))
                continue;
            yield return limit switch
            {
                RangeAttribute range => string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name} is {value}; it must be {(range.MinimumIsExclusive ? "above" : "at least")} {range.Minimum} and {(range.MaximumIsExclusive ? "below" : "at most")} {range.Maximum}."),
                RequiredAttribute => $"{name} must not be empty.",
                EnumDataTypeAttribute => $"{name} is {value}; it must be one of {string.Join(", ", Enum.GetNames(property.PropertyType))}.",
                _ => $"{limit.ErrorMessage} It is \"{value}\".",
            };
        }
    }

    private static IEnumerable<string> CheckTogether(TrainerOptions options)
    {
        if (options.ImageHeight is null != options.ImageWidth is null)
            yield return "ImageHeight and ImageWidth must be set together.";
        if (options.Network is { Input.Channels: not 3 } network)
            yield return $"Network takes {network.Input.Channels} channels; images have 3.";
        if (options.Network is { Head: null })
            yield return "Network has no head, so that it classifies nothing; set its Head.";
        if (options.Deterministic && options.Device.StartsWith("cuda", StringComparison.Ordinal))
            yield return $"Deterministic is true, but Device is \"{options.Device}\", and TorchSharp cannot ask a GPU for deterministic algorithms; set Device to \"cpu\" or \"auto\", or Deterministic to false.";
        if (options.EmbeddingColumnName is "")
            yield return "EmbeddingColumnName must not be empty; null keeps no embedding.";
        // The last step of the model is a linear one of ML.NET's, which always calls its output so.
        if (options.ScoreColumnName != "Score" && (options.PredictedLabelColumnName == "Score" || options.EmbeddingColumnName == "Score"))
            yield return "The name 'Score' is kept for ScoreColumnName.";
        string?[] outputs = [options.ScoreColumnName, options.PredictedLabelColumnName, options.EmbeddingColumnName];
        foreach (var name in outputs.Where(name => name is { Length: > 0 } && (name == options.LabelColumnName || name == options.FeatureColumnName)))
            yield return $"The output column '{name}' would replace an input column.";
        foreach (var name in outputs.OfType<string>().Where(name => name.Length > 0).GroupBy(name => name, StringComparer.Ordinal).Where(group => group.Count() > 1))
            yield return $"Two output columns are named '{name.Key}'.";
    }
}
