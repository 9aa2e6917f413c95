using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>
/// ML.NET's own way to classify images by a pretrained network: images of 224 × 224 pixels, the features of <c>DnnFeaturizeImage</c> with ResNet18, and
/// LbfgsMaximumEntropy on them. The graphs are those of the package Microsoft.ML.DnnImageFeaturizer.ResNet18.
/// </summary>
internal static class BaselineClassifier
{
    public const string Weights = "resnet18.mlnet_in1k";

    // In the package it lies in a folder of its own, installed it lies beside the network.
    private const string Preparation = "ResNetPreprocess.onnx";

    private const int Side = 224;
    private const int Folds = 5;
    private const string ScoreColumn = "Score";

    /// <summary>Penalties to choose from: 1 is ML.NET's default, and too little for a few hundred images.</summary>
    private static readonly float[] Penalties = [1, 10, 100];

    /// <summary>Learns the training images, and classifies the test images of a report.</summary>
    /// <param name="network">The network's file.</param>
    /// <param name="training">Images to learn from.</param>
    /// <param name="request">The report.</param>
    /// <exception cref="FileNotFoundException">The graph that prepares the images is not beside the network.</exception>
    /// <exception cref="ArgumentException">A column is missing, or no test image has a label.</exception>
    public static TestResults Run(string network, IDataView training, ReportRequest request)
    {
        var mlContext = new MLContext(1);
        using var featurizer = Featurizer(mlContext, network, request.ImageColumnName).Fit(training);
        var features = mlContext.Data.Cache(featurizer.Transform(training), "Features", request.LabelColumnName);
        var classifier = Trainer(mlContext, request, Chosen(mlContext, features, request)).Fit(features);
        return Results(classifier.Transform(featurizer.Transform(request.Test)), LabelColumn.Find(training.Schema, request.LabelColumnName, nameof(training)).Classes, request);
    }

    /// <summary>Writes what <c>DnnFeaturizeImage</c> does, whose package the tool does not need, to the column Features.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="network">The network's file.</param>
    /// <param name="imageColumnName">Images of any size.</param>
    /// <exception cref="FileNotFoundException">The graph that prepares the images is not beside the network.</exception>
    internal static EstimatorChain<ColumnCopyingTransformer> Featurizer(MLContext mlContext, string network, string imageColumnName)
    {
        // The names of columns are those of the package's graphs.
        return mlContext.Transforms.ResizeImages("Resized", Side, Side, imageColumnName)
            .Append(mlContext.Transforms.ExtractPixels("OriginalInput", "Resized"))
            .Append(mlContext.Transforms.ApplyOnnxModel(PreparationBeside(network)))
            .Append(mlContext.Transforms.CopyColumns("Input247", "PreprocessedInput"))
            .Append(mlContext.Transforms.ApplyOnnxModel(network))
            .Append(mlContext.Transforms.CopyColumns("Features", "Pooling395_Output_0"));
    }

    private static string PreparationBeside(string network)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(network))!;
        return new[] { Path.Combine(folder, Preparation), Path.Combine(folder, "..", "ResNetPrepOnnx", Preparation) }.FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"The graph that prepares the images is not beside '{network}'. Run 'rf3d install-weights {Weights}', which gets both files.");
    }

    private static LbfgsMaximumEntropyMulticlassTrainer Trainer(MLContext mlContext, ReportRequest request, float penalty) =>
        mlContext.MulticlassClassification.Trainers.LbfgsMaximumEntropy(request.LabelColumnName, l1Regularization: 0, l2Regularization: penalty);

    private static float Chosen(MLContext mlContext, IDataView features, ReportRequest request) => Penalties.MinBy(penalty =>
    {
        request.Cancellation.ThrowIfCancellationRequested();
        return mlContext.MulticlassClassification.CrossValidate(features, Trainer(mlContext, request, penalty), Folds, request.LabelColumnName).Average(fold => fold.Metrics.LogLoss);
    });

    private static TestResults Results(IDataView scored, IReadOnlyList<string> learned, ReportRequest request)
    {
        var classes = request.Model.Classes;
        var places = learned.Select(name => classes.IndexOf(name)).ToArray();
        var images = ImmutableArray.CreateBuilder<ScoredImage>();
        foreach (var row in new ImageRows(scored, request.ImageColumnName, request.LabelColumnName, classes).Read(ScoreColumn))
        {
            request.Cancellation.ThrowIfCancellationRequested();
            if (row.Class is not { } actual)
                continue;
            // Training images may lack classes, or have others.
            var scores = new float[classes.Length];
            foreach (var (place, score) in places.Zip(row.Scores()))
            {
                if (place >= 0)
                    scores[place] = score;
            }
            images.Add(ScoredImage.Of(row.Number, actual, scores, row.Path));
        }
        return new(classes, images);
    }
}
