using System.Globalization;
using Microsoft.ML;
using Rf3d.MLNet;

/// <summary>Classifies image files with a saved model.</summary>
internal static class Prediction
{
    public static int Run(string model, IEnumerable<string> images, CancellationToken cancellation)
    {
        using var classifier = Rf3dSavedModel.Load(new MLContext(), model);
        var failures = 0;
        // In batches on all cores. An image that cannot be read has an error instead of scores.
        foreach (var prediction in classifier.Predict(images, new ImagePredictionOptions { ContinueOnError = true }, cancellation))
        {
            if (prediction.Error is { } error)
            {
                Console.Error.WriteLine($"{prediction.Path}: {error}");
                failures++;
            }
            else
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{prediction.Path}: {prediction.PredictedLabel} ({prediction.Probability:P1})"));
            }
        }

        return failures == 0 ? 0 : 1;
    }
}
