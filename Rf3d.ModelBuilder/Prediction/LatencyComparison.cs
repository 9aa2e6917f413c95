using System.Diagnostics;
using Microsoft.ML.Data;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>
/// How long two models take for one image, from its pixels to its scores, without the decoding of the file. They are timed in turns, so that a disturbance or a slower clock
/// affects both.
/// </summary>
/// <param name="FirstMilliseconds">Median of the first model.</param>
/// <param name="SecondMilliseconds">Median of the second model.</param>
/// <param name="Rounds">How often each was timed.</param>
internal sealed record LatencyComparison(double FirstMilliseconds, double SecondMilliseconds, int Rounds)
{
    private const int MostImages = 8;
    private const int WarmUpRounds = 3;
    private const int FewestRounds = 15;
    private const int MostRounds = 200;

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(3);

    /// <summary>The first few images of a folder that can be read.</summary>
    public static IReadOnlyList<MLImage> Images(ImageFolderDataView data)
    {
        var images = new List<MLImage>();
        var column = data.Schema["Image"];
        using var cursor = data.GetRowCursor([column]);
        var getImage = cursor.GetGetter<MLImage>(column);
        while (images.Count < MostImages && cursor.MoveNext())
        {
            try
            {
                MLImage image = null!;
                getImage(ref image);
                images.Add(image);
            }
            catch (InvalidDataException)
            {
                // Reported by the comparison before.
            }
        }
        return images;
    }

    /// <param name="first">The first model.</param>
    /// <param name="second">The second model.</param>
    /// <param name="images">Disposed when it is done.</param>
    /// <param name="cancellation">Ends it.</param>
    public static LatencyComparison Measure(Rf3dSavedModel first, Rf3dSavedModel second, IReadOnlyList<MLImage> images, CancellationToken cancellation)
    {
        try
        {
            Rf3dSavedModel[] models = [first, second];
            List<double>[] times = [[], []];
            var start = Stopwatch.GetTimestamp();
            for (var round = -WarmUpRounds; round < FewestRounds || (round < MostRounds && Stopwatch.GetElapsedTime(start) < Budget); round++)
            {
                var image = images[(round + WarmUpRounds) % images.Count];
                for (var turn = 0; turn < models.Length; turn++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    var index = (round + WarmUpRounds + turn) % models.Length;
                    var begin = Stopwatch.GetTimestamp();
                    models[index].Predict(image);
                    if (round >= 0)
                        times[index].Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                }
            }
            return new(Median(times[0]), Median(times[1]), times[0].Count);
        }
        finally
        {
            foreach (var image in images)
                image.Dispose();
        }
    }

    /// <summary>The middle value, or the mean of the two in the middle.</summary>
    public static double Median(IReadOnlyCollection<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
