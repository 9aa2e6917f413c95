using Microsoft.ML;
using Rf3d.MLNet;
using Rf3d.ModelBuilder;

namespace Rf3d.Benchmarks;

/// <summary>The work of <c>rf3d predict</c> on many files.</summary>
internal static class PredictTarget
{
    /// <summary>Runs it as a separate process.</summary>
    /// <returns>The most memory that it had, in bytes.</returns>
    public static long Start(string model, string folder, int count) =>
        long.Parse(OwnProcess.LastLine("predict-target", "--model", model, "--data", folder, "--images", $"{count}"), System.Globalization.CultureInfo.InvariantCulture);

    public static void Run(string model, string folder, int count)
    {
        using var classifier = Rf3dSavedModel.Load(new MLContext(), model);
        Write(classifier, Files(folder).Take(count));
        Console.WriteLine(FormattableString.Invariant($"{PeakMemory.Bytes}"));
    }

    /// <summary>Scores the files and formats every score.</summary>
    public static void Write(Rf3dSavedModel classifier, IEnumerable<string> files)
    {
        var writer = PredictionWriter.Create(PredictionFormat.Csv, TextWriter.Null, classifier.Classes, top: 1);
        writer.Begin();
        foreach (var prediction in classifier.Predict(files))
            writer.Write(prediction);
    }

    /// <summary>The images of a folder, over and over.</summary>
    public static IEnumerable<string> Files(string folder)
    {
        while (true)
        {
            foreach (var path in ImageFiles.Of([folder], TextReader.Null, new()))
                yield return path;
        }
    }
}
