using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.ML;
using Rf3d.MLNet;
using Rf3d.ModelBuilder;

namespace Rf3d.Benchmarks;

/// <summary>Images, and the scores of the .zip for them.</summary>
/// <param name="Title">The name of the folder.</param>
/// <param name="Files">The images.</param>
/// <param name="Classes">Names of the classes.</param>
/// <param name="Scores">One row an image, in the order of the classes.</param>
internal sealed record ScoredSet(string Title, string[] Files, ImmutableArray<string> Classes, IReadOnlyList<float[]> Scores)
{
    // A command line has a limit.
    private const int FilesOfRun = 500;

    /// <param name="model">The .zip.</param>
    /// <param name="folder">A folder of images.</param>
    /// <param name="most">Images, at most; evenly from all of the folder.</param>
    public static ScoredSet Read(string model, string folder, int most)
    {
        var all = ImageFiles.Of([folder], TextReader.Null, new()).Order(StringComparer.Ordinal).ToArray();
        string[] files = [.. all.Where((_, index) => all.Length <= most || (long)index * most / all.Length != (long)(index + 1) * most / all.Length)];
        using var classifier = Rf3dSavedModel.Load(new MLContext(), model, new() { Device = "cpu" });
        var title = string.Join('/', Path.GetFullPath(folder).Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries)[^2..]);
        return new(title, files, classifier.Classes, [.. classifier.Predict(files).Select(prediction => prediction.Scores.ToArray())]);
    }

    /// <summary>The differences of a program's scores.</summary>
    public ScoreAgreement With(PublishedProgram program)
    {
        var lines = Files.Chunk(FilesOfRun).SelectMany(files => PublishedPrograms.Run(program.Path, ["--json", .. files]));
        return With([.. lines.Select(ScoresIn)]);
    }

    public ScoreAgreement With(IReadOnlyList<float[]> scores)
    {
        if (scores.Count != Files.Length)
            throw new InvalidOperationException($"There are scores of {scores.Count} images of {Files.Length}.");
        var differences = Scores.Zip(scores, (one, other) => (double)one.Zip(other, (a, b) => Math.Abs(a - b)).Max());
        return new(Files.Length, Scores.Zip(scores).Count(pair => Best(pair.First) == Best(pair.Second)), Spread.Of(differences));

        static int Best(float[] row) => Array.IndexOf(row, row.Max());
    }

    private float[] ScoresIn(string line)
    {
        using var json = JsonDocument.Parse(line);
        return [.. Classes.Select(name => json.RootElement.GetProperty("scores").GetProperty(name).GetSingle())];
    }
}

/// <summary>How far two ways to the scores agree.</summary>
/// <param name="Images">The images.</param>
/// <param name="SameClass">Those with the same most probable class.</param>
/// <param name="Difference">The largest difference of a score of each image.</param>
internal sealed record ScoreAgreement(int Images, int SameClass, Spread Difference);
