using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>How similar two images must be to show the same. Both limits must be reached: thumbnails alone confuse images of one composition, features alone those of one subject.</summary>
/// <param name="Correlation">The least correlation of the thumbnails.</param>
/// <param name="Cosine">The least cosine of the centred features.</param>
internal readonly record struct DuplicateLimits(double Correlation, double Cosine)
{
    /// <summary>The limits for images that differ as much as photographs do.</summary>
    public static readonly DuplicateLimits Least = new(0.9, 0.85);

    // Pictures of one kind, as products before one background, are all similar. Those that show the same are this much nearer to each other than images of one class are.
    // The features of a mirror image differ more than its thumbnail does, which is compared both ways.
    private const double ShareOfThumbnails = 0.35;
    private const double ShareOfFeatures = 0.6;

    // A film is one subject in many frames, which are duplicates: images of other films are farther away than this share of a class.
    private const double Quantile = 0.25;

    private const int MostRows = 256;
    private const int MostImages = 4096;
    private const int FewestOfClass = 20;

    /// <param name="directions">[images, features], of length 1.</param>
    /// <param name="thumbnails">As <see cref="PixelMeasures.Thumbnails"/> has them.</param>
    /// <param name="labels">The class of each image.</param>
    /// <returns>At least <see cref="Least"/>; higher ones where images of one class are that similar.</returns>
    public static DuplicateLimits Of(Tensor directions, Tensor thumbnails, IReadOnlyList<long> labels)
    {
        using var scope = NewDisposeScope();
        var chosen = Spread(labels.Count, MostImages);
        var rows = Spread(chosen.Length, MostRows);
        var (columns, own) = (tensor(chosen).to(directions.device), tensor(Array.ConvertAll(rows, row => chosen[row])).to(directions.device));
        var cosines = directions.index_select(0, own).matmul(directions.index_select(0, columns).t());
        var (pictures, others) = (thumbnails.index_select(0, own), thumbnails.index_select(0, columns).t());
        var correlations = pictures.matmul(others).maximum(PixelMeasures.Mirrored(pictures).matmul(others));
        return new(Limit(Least.Correlation, correlations, ShareOfThumbnails), Limit(Least.Cosine, cosines, ShareOfFeatures));

        double Limit(double least, Tensor similarities, double share)
        {
            var values = similarities.cpu().data<float>().ToArray();
            List<double> distances = [];
            for (var i = 0; i < rows.Length; i++)
            {
                var (row, ofClass) = (rows[i], new List<double>());
                for (var j = 0; j < chosen.Length; j++)
                {
                    if (j != row && labels[chosen[j]] == labels[chosen[row]])
                        ofClass.Add(1 - values[(i * chosen.Length) + j]);
                }
                if (ofClass.Count < FewestOfClass)
                    continue;
                ofClass.Sort();
                distances.Add(ofClass[(int)(Quantile * ofClass.Count)]);
            }
            if (distances.Count == 0)
                return least;
            return Math.Max(least, 1 - (share * Math.Max(0, RobustLimit.Median(distances))));
        }
    }

    // Indices from 0 to count - 1, evenly spaced.
    private static int[] Spread(int count, int most) => count <= most ? [.. Enumerable.Range(0, count)] : [.. Enumerable.Range(0, most).Select(i => (int)((long)i * count / most))];
}
