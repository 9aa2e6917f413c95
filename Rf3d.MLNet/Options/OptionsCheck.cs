using System.ComponentModel.DataAnnotations;
using System.Reflection;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>Checks options against the limits that their attributes state, and against each other. Reports every error at once.</summary>
internal static class OptionsCheck
{
    /// <exception cref="InvalidOptionsException">At least one value is out of range.</exception>
    public static void Run(TrainerOptions options)
    {
        var errors = CheckEach(options).Concat(CheckTogether(options)).Concat(RecipeCheck.Together(options)).ToList();
        if (errors.Count > 0)
            throw new InvalidOptionsException(errors);
    }

    /// <summary>The limits that the attributes of the members state.</summary>
    public static IEnumerable<OptionError> CheckEach(object group, string prefix = "") =>
        group.GetType().GetProperties().SelectMany(property => Check(property, property.GetValue(group), prefix + property.Name));

    private static IEnumerable<OptionError> Check(PropertyInfo property, object? value, string name)
    {
        // Groups of options within the options have limits of their own.
        if (value is AugmentationOptions or RandAugment)
        {
            foreach (var error in CheckEach(value, name + "."))
                yield return error;
        }
        var option = new OptionName(name);
        foreach (var limit in property.GetCustomAttributes<ValidationAttribute>())
        {
            // Range lets NaN pass no comparison and then accepts it.
            var isNumber = value is not (double.NaN or float.NaN);
            if (isNumber && limit.IsValid(value))
                continue;
            yield return new(name, value, limit switch
            {
                RangeAttribute range =>
                    $"{option} is {value}; it must be {(range.MinimumIsExclusive ? "above" : "at least")} {range.Minimum} and {(range.MaximumIsExclusive ? "below" : "at most")} {range.Maximum}.",
                RequiredAttribute or MinLengthAttribute => $"{option} must not be empty.",
                EnumDataTypeAttribute => $"{option} is {value}; it must be one of {string.Join(", ", Enum.GetNames(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType))}.",
                _ => $"{option} is \"{value}\"; it must be {limit.ErrorMessage}.",
            });
        }
    }

    private static IEnumerable<OptionError> CheckTogether(TrainerOptions options)
    {
        OptionName device = new(nameof(options.Device)), deterministic = new(nameof(options.Deterministic)), network = new(nameof(options.Network));
        if (options.ImageHeight is null != options.ImageWidth is null)
            yield return new(nameof(options.ImageHeight), options.ImageHeight, $"{new OptionName(nameof(options.ImageHeight))} and {new OptionName(nameof(options.ImageWidth))} must be set together.");
        if (options.Network is { Input.Channels: not 3 and var channels })
            yield return new(nameof(options.Network), options.Network, $"{network} takes {channels} channels; images have 3.");
        if (options.Network is { Head: null })
            yield return new(nameof(options.Network), options.Network, $"{network} has no head, so that it classifies nothing; set its Head.");
        if (options.Deterministic && options.Device.StartsWith("cuda", StringComparison.Ordinal))
            yield return new(nameof(options.Deterministic), true, $"{deterministic} is true, but {device} is \"{options.Device}\", and TorchSharp cannot ask a GPU for deterministic algorithms; set {device} to \"cpu\" or \"auto\", or {deterministic} to false.");
        foreach (var other in OtherNetworks(options))
        {
            yield return new(nameof(options.ContinueFrom), options.ContinueFrom, $"{new OptionName(nameof(options.ContinueFrom))} is '{options.ContinueFrom}', whose network and weights are used; leave {new OptionName(other)} out.");
        }
        if (options.EmbeddingColumnName is "")
            yield return new(nameof(options.EmbeddingColumnName), "", $"{new OptionName(nameof(options.EmbeddingColumnName))} must not be empty; null keeps no embedding.");
        // The last step of the model is a linear one of ML.NET's, which always calls its output so.
        if (options.ScoreColumnName != "Score" && (options.PredictedLabelColumnName == "Score" || options.EmbeddingColumnName == "Score"))
            yield return new(nameof(options.ScoreColumnName), options.ScoreColumnName, $"The name 'Score' is kept for {new OptionName(nameof(options.ScoreColumnName))}.");
        (string Option, string? Name)[] outputs =
        [
            (nameof(options.ScoreColumnName), options.ScoreColumnName),
            (nameof(options.PredictedLabelColumnName), options.PredictedLabelColumnName),
            (nameof(options.EmbeddingColumnName), options.EmbeddingColumnName),
        ];
        foreach (var (option, name) in outputs.Where(output => output.Name is { Length: > 0 } name && (name == options.LabelColumnName || name == options.FeatureColumnName)))
            yield return new(option, name, $"The output column '{name}' would replace an input column.");
        foreach (var same in outputs.Where(output => output.Name is { Length: > 0 }).GroupBy(output => output.Name, StringComparer.Ordinal).Where(group => group.Count() > 1))
            yield return new(same.First().Option, same.Key, $"Two output columns are named '{same.Key}'.");
    }

    /// <summary>The options that name a network or weights, beside a model to continue.</summary>
    private static IEnumerable<string> OtherNetworks(TrainerOptions options)
    {
        if (options.ContinueFrom is null)
            yield break;
        if (options.Architecture is not null)
            yield return nameof(options.Architecture);
        if (options.Network is not null)
            yield return nameof(options.Network);
        if (options.WidthMultiplier != 1)
            yield return nameof(options.WidthMultiplier);
        // A preset may say that a training starts from nothing.
        if (options.Pretrained is not ("auto" or "none"))
            yield return nameof(options.Pretrained);
    }
}
