using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Rf3d.MLNet;

/// <summary>Puts a trained network together with ML.NET's transformers.</summary>
internal static class ModelAssembly
{
    /// <param name="environment">Where the transformers are made.</param>
    /// <param name="model">The network.</param>
    /// <param name="options">The names of the columns.</param>
    /// <param name="trainData">Data with these columns, of which only the schema is looked at.</param>
    /// <param name="temporary">Where ML.NET keeps the network in a file until the chain is disposed; null for the environment's folder.</param>
    public static ScoringChain Chain(
        IHostEnvironment environment, TrainedModel model, Rf3dImageClassificationTrainer.Options options, IDataView trainData, string? temporary = null)
    {
        var head = model.Head();
        var weights = new float[head.Biases.Length, head.Weights.Length / head.Biases.Length];
        Buffer.BlockCopy(head.Weights, 0, weights, 0, head.Weights.Length * sizeof(float));
        return ScoringChain.Build(environment, new ScoringChainSettings
        {
            Preprocessing = model.Preprocessing,
            TrainingData = trainData,
            LabelColumnName = options.LabelColumnName,
            ScoreColumnName = options.ScoreColumnName,
            PredictedLabelColumnName = options.PredictedLabelColumnName,
            EmbeddingColumnName = options.EmbeddingColumnName,
            Backbone = model.Backbone(),
            HeadWeights = weights,
            HeadBiases = head.Biases,
            TemporaryFolder = temporary,
        });
    }
}
