using System.Text.Json;
using Spectre.Console;

namespace Rf3d.ModelBuilder;

/// <summary>How good a classifier is on images whose classes are known. The figures are those of ML.NET's <c>Evaluate</c>.</summary>
internal sealed class Evaluation
{
    // As ML.NET: a probability of 0 would cost infinitely much.
    private const double SmallestProbability = 1e-15;

    // More classes than this do not fit beside each other.
    private const int LargestTable = 16;

    private readonly long[,] _counts;
    private double _logLossSum;

    public Evaluation(IReadOnlyList<string> classes)
    {
        Classes = classes;
        _counts = new long[classes.Count, classes.Count];
    }

    public IReadOnlyList<string> Classes { get; }

    /// <summary>Number of images.</summary>
    public long Count { get; private set; }

    /// <summary>Share of the images that were classified correctly.</summary>
    public double Accuracy => Share(Enumerable.Range(0, Classes.Count).Sum(i => _counts[i, i]), Count);

    /// <summary>Mean over the classes that have images of the share of theirs that was classified correctly.</summary>
    public double MacroAccuracy => Enumerable.Range(0, Classes.Count).Where(i => Actual(i) > 0).Select(Recall).DefaultIfEmpty().Average();

    /// <summary>Mean of -ln of the probability given to the true class.</summary>
    public double LogLoss => Count == 0 ? 0 : _logLossSum / Count;

    /// <summary>Number of images of a class that were taken for another.</summary>
    public long this[int actual, int predicted] => _counts[actual, predicted];

    public void Add(int actual, Prediction prediction)
    {
        _counts[actual, prediction.Best]++;
        _logLossSum -= Math.Log(Math.Max(SmallestProbability, prediction.Scores![actual]));
        Count++;
    }

    /// <summary>Share of a class's images that were found.</summary>
    public double Recall(int index) => Share(_counts[index, index], Actual(index));

    /// <summary>Share of the images taken for a class that are of it.</summary>
    public double Precision(int index) => Share(_counts[index, index], Enumerable.Range(0, Classes.Count).Sum(actual => _counts[actual, index]));

    public void Write(IAnsiConsole console)
    {
        console.WriteLine(Numbers.Text($"Accuracy {Numbers.Percent(Accuracy)} (mean over classes {Numbers.Percent(MacroAccuracy)}), log loss {LogLoss:0.0000}, {Numbers.Count(Count)} images"));
        var table = new Table().AddColumn("class").AddColumn(Right("images")).AddColumn(Right("recall")).AddColumn(Right("precision"));
        for (var i = 0; i < Classes.Count; i++)
            table.AddRow(CommandConsole.Cell(Classes[i]), Numbers.Count(Actual(i)), Numbers.Percent(Recall(i)), Numbers.Percent(Precision(i)));
        console.Write(table);
        if (Classes.Count > LargestTable)
            return;
        console.WriteLine("Confusion: rows are what the images are, columns what they were taken for");
        var confusion = new Table().AddColumn("");
        foreach (var name in Classes)
            confusion.AddColumn(Right(CommandConsole.Cell(name)));
        for (var actual = 0; actual < Classes.Count; actual++)
            confusion.AddRow([CommandConsole.Cell(Classes[actual]), .. Enumerable.Range(0, Classes.Count).Select(predicted => Numbers.Count(_counts[actual, predicted]))]);
        console.Write(confusion);
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("images", Count);
        json.WriteNumber("microAccuracy", Accuracy);
        json.WriteNumber("macroAccuracy", MacroAccuracy);
        json.WriteNumber("logLoss", LogLoss);
        json.WriteStartArray("classes");
        for (var i = 0; i < Classes.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("name", Classes[i]);
            json.WriteNumber("images", Actual(i));
            json.WriteNumber("recall", Recall(i));
            json.WriteNumber("precision", Precision(i));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("confusion");
        for (var actual = 0; actual < Classes.Count; actual++)
        {
            json.WriteStartArray();
            for (var predicted = 0; predicted < Classes.Count; predicted++)
                json.WriteNumberValue(_counts[actual, predicted]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private long Actual(int index) => Enumerable.Range(0, Classes.Count).Sum(predicted => _counts[index, predicted]);

    private static double Share(long part, long whole) => whole == 0 ? 0 : (double)part / whole;

    private static TableColumn Right(string title) => new TableColumn(title).RightAligned();
}
