using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rf3d.MLNet;

/// <summary>Weight of each class in the training loss: equal, by the size of the class, or your own values.</summary>
/// <remarks>
/// Accuracy and the validation loss count every image once. An image of weight 2 counts as two images; the mean over a batch is divided by the sum of the weights in it
/// (with MixUp and CutMix, by the number of images).
/// </remarks>
[JsonConverter(typeof(ClassWeightsJson))]
public sealed class ClassWeights
{
    // The loss is computed in single precision, where weights far below become 0 and those above infinite.
    private const double Least = 1e-30;
    private const double Most = 1e30;
    private const string Limits = "from 1E-30 to 1E+30";

    private readonly string? _name;

    private ClassWeights(string? name, ImmutableArray<double> values) => (_name, Values) = (name, values);

    /// <summary>All images have the same weight.</summary>
    public static ClassWeights Equal { get; } = new("equal", []);

    /// <summary>
    /// N / (K·n), where n is the number of training images of the class, N of all classes, and K the number of classes that have images. Each class has the same total weight,
    /// and the mean weight of an image is 1. A class without training images has weight 0.
    /// </summary>
    public static ClassWeights Auto { get; } = new("auto", []);

    /// <summary>The weights by class; empty for <see cref="Equal"/>, and for <see cref="Auto"/>, which computes them from the training images.</summary>
    public ImmutableArray<double> Values { get; }

    /// <summary>Weights by class, in the order of the label's keys.</summary>
    /// <param name="weights">One for each class, from 1E-30 to 1E+30.</param>
    /// <exception cref="ArgumentException">There is no weight, or one is below 1E-30, above 1E+30 or not a number.</exception>
    public static ClassWeights Of(params ReadOnlySpan<double> weights)
    {
        ImmutableArray<double> values = [.. weights];
        // A batch whose images all count 0 would have no mean loss.
        if (values.IsEmpty || !values.All(IsUsable))
            throw new ArgumentException($"Class weights must be {Limits}, one for each class; they are [{Text(values)}].", nameof(weights));
        return new(null, values);
    }

    /// <summary>Reads the text of <see cref="ToString"/>: "equal", "auto", or weights with commas between them.</summary>
    /// <param name="text">As in "1,2.5".</param>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static ClassWeights Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Array.Find([Equal, Auto], weights => string.Equals(weights._name, text.Trim(), StringComparison.OrdinalIgnoreCase)) is { } named)
            return named;
        var numbers = text.Split(',').Select(number => double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : 0).ToArray();
        return numbers.All(IsUsable)
            ? Of(numbers)
            : throw new FormatException($"Class weights are \"equal\", \"auto\", or a figure {Limits} for each class, as in 1,2.5; '{text}' is none of these.");
    }

    /// <summary>"equal", "auto", or the weights.</summary>
    public override string ToString() => _name ?? Text(Values);

    /// <param name="counts">Training images by class.</param>
    /// <returns>A weight for each class; null where all count the same.</returns>
    /// <exception cref="OptionConflictException">There is not one weight for each class.</exception>
    internal float[]? For(IReadOnlyList<long> counts)
    {
        if (ReferenceEquals(this, Equal))
            return null;
        if (ReferenceEquals(this, Auto))
        {
            var (images, present) = (counts.Sum(), counts.Count(count => count > 0));
            return [.. counts.Select(count => count == 0 ? 0 : (float)(images / ((double)present * count)))];
        }
        if (Values.Length != counts.Count)
            throw new OptionConflictException($"{new OptionName(nameof(TrainingRecipe.ClassWeights))} has {Values.Length} weights; the label has {counts.Count} classes.");
        return [.. Values.Select(value => (float)value)];
    }

    private static bool IsUsable(double value) => value is >= Least and <= Most;

    private static string Text(IEnumerable<double> values) => string.Join(", ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
}

/// <summary>Class weights as the text that <see cref="ClassWeights.ToString"/> gives.</summary>
internal sealed class ClassWeightsJson : JsonConverter<ClassWeights>
{
    public override ClassWeights Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ClassWeights.Parse(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, ClassWeights value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
