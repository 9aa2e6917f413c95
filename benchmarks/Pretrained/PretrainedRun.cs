using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.Benchmarks;

/// <summary>A finished training with the result of its classifier for each test image: a line of a log.</summary>
/// <param name="Data">Name of the images.</param>
/// <param name="Way">How it was trained.</param>
/// <param name="ImagesOfClass">Training images of each class; 0 for all there are.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Seconds">From the files to the classifier.</param>
/// <param name="Hits">Whether each test image is classified correctly.</param>
/// <param name="Losses">The negative logarithm of the probability of each test image's class.</param>
/// <param name="Note">The values that were chosen in the training.</param>
internal sealed record PretrainedRun(string Data, string Way, int ImagesOfClass, int Seed, double Seconds, bool[] Hits, double[] Losses, string Note)
{
    private const float LeastProbability = 1e-15f;

    public double Accuracy => (double)Hits.Count(isHit => isHit) / Hits.Length;

    public double LogLoss => Losses.Average();

    /// <summary>Hits and losses of data with Label and Score.</summary>
    public static (bool[] Hits, double[] Losses) Judge(IDataView scored)
    {
        var labels = scored.GetColumn<uint>("Label").ToArray();
        var scores = scored.GetColumn<float[]>("Score").ToArray();
        return (
            [.. scores.Zip(labels, (score, label) => Array.IndexOf(score, score.Max()) == label - 1)],
            [.. scores.Zip(labels, (score, label) => -Math.Log(Math.Max(score[label - 1], LeastProbability)))]);
    }
}
