using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// A .zip that a model of <see cref="Rf3dImageClassificationTrainer"/> was saved to, with what ML.NET's own <c>mlContext.Model.Load</c> does not tell: the
/// plan, how training went, and class-activation maps. Needs no TorchSharp.
/// </summary>
public sealed class Rf3dModelFile : IDisposable
{
    private readonly SavedModel _model;
    private readonly ImagePreprocessing _preprocessing;
    private readonly ModelRecord _record;
    private readonly Lazy<ActivationMapper> _mapper;

    private Rf3dModelFile(SavedModel model)
    {
        (_model, _record) = (model, RecordOf(model));
        Plan = _record.Plan.ToPlan();
        _preprocessing = new()
        {
            ImageColumnName = _record.ImageColumnName,
            Height = Plan.Optimized.Input.Height,
            Width = Plan.Optimized.Input.Width,
            Resizing = _record.Resizing,
        };
        _mapper = new(() => new ActivationMapper(model.Backbone, _record.Classes, _preprocessing, model.Head));
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
    public DataViewSchema InputSchema => _model.InputSchema;

    /// <summary>Reads a model.</summary>
    /// <param name="mlContext">Where the model is loaded.</param>
    /// <param name="path">The .zip.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="FormatException">It is no model of this trainer, damaged, or of an earlier or later version; the message says which.</exception>
    public static Rf3dModelFile Load(MLContext mlContext, string path)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return SavedModel.Load(mlContext, path, model => new Rf3dModelFile(model));
    }

    /// <summary>Adds the model's predictions to data. Images in memory stay as they are.</summary>
    /// <param name="data">Has the columns that the model was trained on.</param>
    public IDataView Transform(IDataView data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return _model.Transformer.Transform(data.Schema.GetColumnOrNull(ImageColumnName) is null ? data : _preprocessing.Protection.Protect(data));
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
        _model.Dispose();
    }

    private static ModelRecord RecordOf(SavedModel model) => FeatureMapGraph.MetadataOf(model.Backbone)?.GetValueOrDefault(ModelRecord.Key) is { } text
        ? ModelRecord.Parse(text)
        : throw new FormatException("it was saved by an earlier version of this library, which kept no plan in it");
}
