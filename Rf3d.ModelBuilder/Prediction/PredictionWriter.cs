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
internal abstract class PredictionWriter(TextWriter output, IReadOnlyList<string> classes)
{
    protected TextWriter Output => output;

    protected IReadOnlyList<string> Classes => classes;

    public static PredictionWriter Create(PredictionFormat format, TextWriter output, IReadOnlyList<string> classes, int top) => format switch
    {
        PredictionFormat.Json => new JsonLines(output, classes),
        PredictionFormat.Csv => new CommaSeparated(output, classes),
        _ => new Columns(output, classes, top),
    };

    /// <summary>The lines before the first prediction.</summary>
    public virtual void Begin()
    {
    }

    /// <param name="prediction">One with scores.</param>
    public abstract void Write(ImagePrediction prediction);

    private sealed class Columns(TextWriter output, IReadOnlyList<string> classes, int top) : PredictionWriter(output, [.. classes.Select(Printable.Line)])
    {
        private readonly int _width = classes.Max(name => Printable.Line(name).Length);

        public override void Write(ImagePrediction prediction)
        {
            var scores = prediction.Scores;
            var best = Enumerable.Range(0, scores.Length).OrderByDescending(index => scores[index]).Take(top);
            var text = string.Join("  ", best.Select(index => $"{Classes[index].PadRight(_width)} {scores[index].ToString("0.0 %", CultureInfo.InvariantCulture),7}"));
            Output.WriteLine($"{text}  {Printable.Line(prediction.Path!)}");
        }
    }

    private sealed class JsonLines(TextWriter output, IReadOnlyList<string> classes) : PredictionWriter(output, classes)
    {
        public override void Write(ImagePrediction prediction)
        {
            using var buffer = new MemoryStream();
            using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            {
                json.WriteStartObject();
                json.WriteString("file", prediction.Path!);
                json.WriteString("predictedLabel", Classes[prediction.PredictedIndex]);
                json.WriteNumber("score", prediction.Probability);
                json.WriteStartObject("scores");
                for (var i = 0; i < Classes.Count; i++)
                    json.WriteNumber(Classes[i], prediction.Scores[i]);
                json.WriteEndObject();
                json.WriteEndObject();
            }
            Output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
        }
    }

    private sealed class CommaSeparated(TextWriter output, IReadOnlyList<string> classes) : PredictionWriter(output, classes)
    {
        public override void Begin() => Output.WriteLine(string.Join(',', Classes.Select(name => CsvField.Of($"Score.{name}")).Prepend("PredictedLabel").Prepend("File")));

        public override void Write(ImagePrediction prediction) => Output.WriteLine(string.Join(
            ',', new[] { CsvField.Of(prediction.Path!), CsvField.Of(Classes[prediction.PredictedIndex]) }.Concat(prediction.Scores.Select(score => score.ToString("R", CultureInfo.InvariantCulture)))));
    }
}
