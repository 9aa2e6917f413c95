using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rf3d.Benchmarks;

/// <summary>One training to do.</summary>
/// <param name="Table">Number of the table.</param>
/// <param name="Row">The row's name.</param>
/// <param name="Seed">Seed of weights, order and augmentation.</param>
internal sealed record PaperTraining(int Table, string Row, int Seed);

/// <summary>A finished training: a line of the log.</summary>
/// <param name="Training">Which one.</param>
/// <param name="Recipe">How it was trained.</param>
/// <param name="Accuracy">Share of the test images that are classified correctly by the weights of the last epoch; null where the loss stopped being a number.</param>
/// <param name="TrainingAccuracy">Share of the augmented training images in the last epoch.</param>
/// <param name="TestImages">Number of test images.</param>
/// <param name="Seconds">Training and scoring; images are read before.</param>
/// <param name="ImagesPerSecond">Of the last epoch.</param>
/// <param name="Card">The processor or GPU that it ran on.</param>
/// <param name="Versions">The software that it ran with.</param>
internal sealed record PaperResult(
    PaperTraining Training, PaperRecipe Recipe, double? Accuracy, double? TrainingAccuracy, long TestImages, double Seconds, double? ImagesPerSecond, string Card, string Versions)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        // Names of rows have a plus.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>As one line of JSON.</summary>
    public string ToLine() => Write(this);

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Json);

    /// <exception cref="FormatException">The text is none.</exception>
    public static T Read<T>(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, Json) ?? throw new JsonException("there is nothing");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new FormatException(error.Message, error);
        }
    }
}
