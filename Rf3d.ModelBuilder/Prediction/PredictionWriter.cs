using System.Globalization;
using System.Text;
using System.Text.Json;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>How predictions are written down.</summary>
internal enum PredictionFormat
{
    /// <summary>A table on the console.</summary>
    Table,

    /// <summary>One JSON object a line.</summary>
    Json,

    /// <summary>Comma-separated values with a heading (RFC 4180). A name that begins like a formula (= + - @) has an apostrophe before it.</summary>
    Csv,
}

/// <summary>Writes predictions line by line, as they come.</summary>
/// <param name="output">Where they go.</param>
/// <param name="classes">Names of the classes, in the order of the scores.</param>
/// <param name="unknown">The label of images that are not answered; null for a model that answers all.</param>
internal abstract class PredictionWriter(TextWriter output, IReadOnlyList<string> classes, string? unknown)
{
    protected TextWriter Output => output;

    protected IReadOnlyList<string> Classes => classes;

    /// <summary>Whether there are images that are not answered: then the answer and the most probable class are both written.</summary>
    protected bool HasUnknown => unknown is not null;

    public static PredictionWriter Create(PredictionFormat format, TextWriter output, IReadOnlyList<string> classes, int top, string? unknown = null, bool hasTypicality = false) => format switch
    {
        PredictionFormat.Json => new JsonLines(output, classes, unknown),
        PredictionFormat.Csv => new CommaSeparated(output, classes, unknown, hasTypicality),
        _ => new Columns(output, classes, top, unknown),
    };

    private string AnswerOf(ImagePrediction prediction) => prediction.IsUnknown ? unknown! : classes[prediction.PredictedIndex];

    /// <summary>The lines before the first prediction.</summary>
    public virtual void Begin()
    {
    }

    /// <param name="prediction">One with scores.</param>
    public abstract void Write(ImagePrediction prediction);

    private sealed class Columns(TextWriter output, IReadOnlyList<string> classes, int top, string? unknown) : PredictionWriter(output, [.. classes.Select(Printable.Line)], unknown)
    {
        private readonly int _width = classes.Max(name => Printable.Line(name).Length);
        private readonly string? _unknown = unknown;

        public override void Write(ImagePrediction prediction)
        {
            var scores = prediction.Scores;
            var best = Enumerable.Range(0, scores.Length).OrderByDescending(index => scores[index]).Take(top);
            var text = string.Join("  ", best.Select(index => $"{Classes[index].PadRight(_width)} {scores[index].ToString("0.0 %", CultureInfo.InvariantCulture),7}"));
            var answer = _unknown is null ? "" : $"{AnswerOf(prediction).PadRight(Math.Max(_width, _unknown.Length))}  ";
            Output.WriteLine($"{answer}{text}  {Printable.Line(prediction.Path!)}");
        }
    }

    private sealed class JsonLines(TextWriter output, IReadOnlyList<string> classes, string? unknown) : PredictionWriter(output, classes, unknown)
    {
        public override void Write(ImagePrediction prediction)
        {
            using var buffer = new MemoryStream();
            using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            {
                json.WriteStartObject();
                json.WriteString("file", prediction.Path!);
                json.WriteString("predictedLabel", AnswerOf(prediction));
                if (HasUnknown)
                {
                    json.WriteBoolean("isUnknown", prediction.IsUnknown);
                    json.WriteString("bestLabel", Classes[prediction.PredictedIndex]);
                }
                json.WriteNumber("score", prediction.Probability);
                if (prediction.Typicality is { } typicality)
                    json.WriteNumber("typicality", typicality);
                json.WriteStartObject("scores");
                for (var i = 0; i < Classes.Count; i++)
                    json.WriteNumber(Classes[i], prediction.Scores[i]);
                json.WriteEndObject();
                json.WriteEndObject();
            }
            Output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
        }
    }

    private sealed class CommaSeparated(TextWriter output, IReadOnlyList<string> classes, string? unknown, bool hasTypicality) : PredictionWriter(output, classes, unknown)
    {
        public override void Begin() => WriteLine(["File", "PredictedLabel"], ["BestLabel", "Typicality"], Classes.Select(name => CsvField.Of($"Score.{name}")));

        public override void Write(ImagePrediction prediction) => WriteLine(
            [CsvField.Of(prediction.Path!), CsvField.Of(AnswerOf(prediction))],
            [CsvField.Of(Classes[prediction.PredictedIndex]), prediction.Typicality?.ToString("R", CultureInfo.InvariantCulture) ?? ""],
            prediction.Scores.Select(score => score.ToString("R", CultureInfo.InvariantCulture)));

        private void WriteLine(string[] first, string[] ofUnknown, IEnumerable<string> scores) =>
            Output.WriteLine(string.Join(',', [.. first, .. ofUnknown.Take(!HasUnknown ? 0 : hasTypicality ? 2 : 1), .. scores]));
    }
}
