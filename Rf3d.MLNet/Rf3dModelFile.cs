using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace Rf3d.MLNet;

/// <summary>
/// A .zip that a model of <see cref="Rf3dImageClassificationTrainer"/> was saved to, with what ML.NET's own <c>mlContext.Model.Load</c> does not tell: the
/// plan, how training went, and class-activation maps. Needs no TorchSharp.
/// </summary>
public sealed class Rf3dModelFile : IDisposable
{
    private readonly ITransformer _model;
    private readonly ImagePreprocessing _preprocessing;
    private readonly ModelRecord _record;
    private readonly Lazy<ActivationMapper> _mapper;

    private Rf3dModelFile(ITransformer model, DataViewSchema inputSchema, byte[] backbone, ModelRecord record, (float[,] Weights, float[] Biases) classifier)
    {
        (_model, _record, InputSchema, Plan) = (model, record, inputSchema, record.Plan.ToPlan());
        _preprocessing = new()
        {
            ImageColumnName = record.ImageColumnName,
            Height = Plan.Optimized.Input.Height,
            Width = Plan.Optimized.Input.Width,
            Resizing = record.Resizing,
        };
        _mapper = new(() => new ActivationMapper(backbone, record.Classes, _preprocessing, classifier.Weights, classifier.Biases));
    }

    /// <summary>The network before and after optimization, and the steps between.</summary>
    public NetworkPlan Plan { get; }

    /// <summary>How training went; null where the file does not say.</summary>
    public TrainingHistory? History => _record.History;

    /// <summary>Names of the classes, in the order of the scores.</summary>
    public ImmutableArray<string> Classes => _record.Classes;

    /// <summary>Height in pixels to which images are resized.</summary>
    public int ImageHeight => _preprocessing.Height;

    /// <summary>Width in pixels to which images are resized.</summary>
    public int ImageWidth => _preprocessing.Width;

    /// <summary>The column that the images are in.</summary>
    public string ImageColumnName => _record.ImageColumnName;

    /// <summary>The columns of the data that the model was saved with.</summary>
    public DataViewSchema InputSchema { get; }

    /// <summary>Reads a model.</summary>
    /// <param name="mlContext">Where the model is loaded.</param>
    /// <param name="path">The .zip.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="FormatException">It is no model of this trainer, damaged, or of an earlier or later version; the message says which.</exception>
    public static Rf3dModelFile Load(MLContext mlContext, string path)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no model '{path}'.", path);
        try
        {
            return Read(mlContext, path);
        }
        // What .zip, ML.NET and the networks themselves throw where a file is not what it should be.
        catch (Exception error) when (error is FormatException or InvalidDataException or EndOfStreamException or ArgumentException or InvalidOperationException)
        {
            throw new FormatException($"The model '{path}' cannot be read: {error.Message.TrimEnd('.')}.", error);
        }
    }

    /// <summary>Adds the model's predictions to data. Images in memory stay as they are.</summary>
    /// <param name="data">Has the columns that the model was trained on.</param>
    public IDataView Transform(IDataView data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return _model.Transform(data.Schema.GetColumnOrNull(ImageColumnName) is null ? data : _preprocessing.Protection.Protect(data));
    }

    /// <inheritdoc cref="Rf3dImageClassificationTransformer.GetClassActivationMap"/>
    public ClassActivationMap GetClassActivationMap(MLImage image, string? className = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        return _mapper.Value.Map(image, className);
    }

    /// <summary>Frees the model's native memory. The file is not affected.</summary>
    public void Dispose()
    {
        if (_mapper.IsValueCreated)
            _mapper.Value.Dispose();
        foreach (var step in SavedModelFile.Steps(_model))
            (step as IDisposable)?.Dispose();
    }

    private static Rf3dModelFile Read(MLContext mlContext, string path)
    {
        var networks = SavedModelFile.OnnxModels(path).Select(network => (Network: network, Metadata: FeatureMapGraph.MetadataOf(network))).Where(item => item.Metadata is not null).ToList();
        if (networks.Count == 0)
            throw new FormatException("it holds no network of this trainer");
        // A pipeline may score with an earlier classifier first; the last one is what the pipeline is for.
        var (backbone, metadata) = networks[^1];
        if (!metadata!.TryGetValue(ModelRecord.Key, out var text))
            throw new FormatException("it was saved by an earlier version of this library, which kept no plan in it");
        var record = ModelRecord.Parse(text);
        var model = mlContext.Model.Load(path, out var schema);
        var head = SavedModelFile.Steps(model).OfType<MulticlassPredictionTransformer<MaximumEntropyModelParameters>>().LastOrDefault()
            ?? throw new FormatException("it holds no linear layer after its network");
        return new(model, schema, backbone, record, Classifier(head.Model));
    }

    private static (float[,] Weights, float[] Biases) Classifier(MaximumEntropyModelParameters head)
    {
        VBuffer<float>[]? rows = null;
        head.GetWeights(ref rows, out var classes);
        var weights = new float[classes, rows![0].Length];
        for (var row = 0; row < classes; row++)
        {
            foreach (var (column, value) in rows[row].Items(all: true))
                weights[row, column] = value;
        }
        return (weights, [.. head.GetBiases()]);
    }
}
