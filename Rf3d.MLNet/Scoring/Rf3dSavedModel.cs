using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// A saved model of <see cref="Rf3dImageClassificationTrainer"/>, alone or at the end of a pipeline. Unlike the model that <c>mlContext.Model.Load</c> returns, it
/// predicts files, streams and images in batches on all cores, evaluates, exports, and has the plan, the history and class-activation maps. It does not need libtorch on a CPU.
/// </summary>
/// <remarks>
/// <para>The scores are equal to those of the model that ML.NET loads, except for rounding. All members are thread-safe except <see cref="Dispose"/>, which must be called
/// after the others have returned and their results have been enumerated.</para>
/// <para><see cref="Predict(string, ImagePredictionOptions?)"/> and its overloads score the images directly, on <see cref="Device"/>, as the classifier reads them. The steps of a pipeline before the
/// classifier are applied to data views only, by <see cref="Transform"/>, <see cref="Evaluate"/> and <see cref="Quantize(IDataView, QuantizationOptions?, CancellationToken)"/>; <see cref="ImageSteps"/> has those that matter.</para>
/// </remarks>
public sealed partial class Rf3dSavedModel : ITransformer, IDisposable
{
    private readonly MLContext _mlContext;
    private readonly SavedModel _model;
    private readonly ImagePreprocessing _preprocessing;
    private readonly ModelRecord _record;
    private readonly LabelAlignment _labels;
    private readonly ConfidenceThreshold _threshold;
    private readonly ClassDirections? _directions;
    private readonly MadeOnce<BatchScorer> _scorer;
    private readonly MadeOnce<ActivationMapper> _mapper;
    private readonly bool _isOfTorch;
    private bool _isDisposed;

    private Rf3dSavedModel(SavedModel model, MLContext mlContext, SavedModelOptions options)
    {
        var metadata = FeatureMapGraph.MetadataOf(model.Backbone);
        (_mlContext, _model, _record) = (mlContext, model, RecordOf(metadata));
        Quantization = metadata?.GetValueOrDefault(ModelQuantization.Key) is { } quantization ? ModelQuantization.Parse(quantization) : null;
        if (_record.Classes.Length != model.Head.Biases.Length)
            throw new FormatException("its record and its last layer are of different classes");
        Plan = PlanOf(_record);
        var seen = new Size2D(Plan.Optimized.Input.Height, Plan.Optimized.Input.Width);
        var resized = _record.Resized ?? seen;
        if (resized.Height < seen.Height || resized.Width < seen.Width)
            throw new FormatException($"its record says that images are resized to {resized}, and its network sees {seen} of them");
        _labels = new(_record.LabelColumnName, _record.Classes);
        if (_record.MinConfidence is not (>= 0 and <= 1))
            throw new FormatException(FormattableString.Invariant($"its record says that the lowest confidence is {_record.MinConfidence}, which must be from 0 to 1"));
        _threshold = ConfidenceThreshold.Of(options.MinConfidence ?? _record.MinConfidence, _record.Classes) with { MinTypicality = options.MinTypicality };
        _directions = metadata?.GetValueOrDefault(ClassDirections.Key) is { } text ? ClassDirections.Parse(text, model.Head.Weights.Length) : null;
        if (_directions is null && options.MinTypicality > 0)
        {
            OptionName typicality = new(nameof(options.MinTypicality));
            throw new OptionConflictException(
                $"{typicality} is {options.MinTypicality}, and this model does not know how typical an image is: only classifiers on the features of a pretrained network do. Leave {typicality} out, and use {new OptionName(nameof(options.MinConfidence))}.");
        }
        _preprocessing = new()
        {
            ImageColumnName = _record.ImageColumnName,
            Height = resized.Height,
            Width = resized.Width,
            Crop = seen,
            Resizing = _record.Resizing,
            Background = _record.Background,
        };
        _mapper = new(() => new ActivationMapper(model.Backbone, _record.Classes, _preprocessing, model.Head));
        (Device, var network) = options.Network is { } given ? ("cpu", given(this)) : ChoiceIn(mlContext).Choose(DeviceRequest.Parse(options.Device), mlContext.GpuDeviceId);
        _scorer = new(() => new BatchScorer(network ?? ToOnnxNetwork(gpu: null), Classes, _preprocessing, _threshold, _directions));
        _isOfTorch = network is TorchScoringNetwork;
        // Its memory is on the GPU already, and is freed with the scorer.
        if (network is not null)
            _ = _scorer.Value;
        if (!ImageSteps.IsEmpty)
            Warn(mlContext, $"The pipeline of the model changes images before the classifier ({string.Join(", ", ImageSteps)}). Predict and GetClassActivationMap take images as the classifier reads them, without this; Transform and Evaluate apply it.");
    }

    /// <summary>Names of the classes, in the order of the scores.</summary>
    public ImmutableArray<string> Classes => _record.Classes;

    /// <summary>The device that scores the images of <c>Predict</c> and <c>Evaluate</c>: "cpu", or "cuda:0" and so on. <see cref="SavedModelOptions.Device"/> chooses it.</summary>
    public string Device { get; }

    /// <summary>Confidence below which an image is not answered, 0 to 1; 0 if all are. <see cref="SavedModelOptions.MinConfidence"/> chooses it.</summary>
    /// <remarks>It applies to <c>Predict</c>. <see cref="Transform"/> always gives the most probable class, as ML.NET does.</remarks>
    public float MinConfidence => _threshold.MinConfidence;

    /// <summary>Typicality below which an image is not answered either, 0 to 1; 0 for none. <see cref="SavedModelOptions.MinTypicality"/> chooses it.</summary>
    public float MinTypicality => _threshold.MinTypicality;

    /// <summary>Whether predictions have a <see cref="ImagePrediction.Typicality"/>: whether the model is a classifier on the features of a pretrained network (<see cref="Adaptation.Probe"/>).</summary>
    public bool HasTypicality => _directions is not null;

    /// <summary>The label of images that are not answered: "Unknown", or "(Unknown)" if a class has that name.</summary>
    public string UnknownLabel => _threshold.UnknownLabel;

    /// <summary>Height in pixels that images are resized to. If the network sees a crop of them, its input is smaller (see <see cref="Plan"/>).</summary>
    public int ImageHeight => _preprocessing.Height;

    /// <summary>Width in pixels that images are resized to.</summary>
    public int ImageWidth => _preprocessing.Width;

    /// <summary>The colour behind transparent pixels; null if the model ignores transparency.</summary>
    public RgbColor? Background => _record.Background;

    /// <summary>The network before and after optimization, and the steps between.</summary>
    public NetworkPlan Plan { get; }

    /// <summary>The history of the training; null if the file has none.</summary>
    public TrainingHistory? History => _record.History;

    /// <summary>The column of images that <see cref="Transform"/> reads.</summary>
    public string ImageColumnName => _record.ImageColumnName;

    /// <summary>The column of probabilities that <see cref="Transform"/> adds.</summary>
    public string ScoreColumnName => _record.ScoreColumnName;

    /// <summary>
    /// The columns of the data that the model was saved with, without those of images, which ML.NET does not save. Null if it was saved without a schema.
    /// </summary>
    public DataViewSchema? InputSchema => _model.InputSchema;

    /// <summary>
    /// The steps of the model's pipeline that change images before the classifier reads them, by the names of their types, as in "ImageGrayscalingTransformer"; empty for a model alone, and for a pipeline whose steps only
    /// load images or do something else.
    /// </summary>
    /// <remarks>
    /// <see cref="Transform"/>, <see cref="Evaluate"/> and <see cref="Quantize(IDataView, QuantizationOptions?, CancellationToken)"/> apply them. <see cref="Predict(string, ImagePredictionOptions?)"/> and its overloads,
    /// <see cref="GetClassActivationMap"/> and ONNX files do not: give them images that have been changed in the same way.
    /// </remarks>
    public ImmutableArray<string> ImageSteps => _model.Steps.Changing;

    bool ITransformer.IsRowToRowMapper => _model.Transformer.IsRowToRowMapper;

    internal ImagePreprocessing Preprocessing => _preprocessing;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _model.Transformer.GetOutputSchema(_labels.Align(inputSchema));

    /// <summary>
    /// Adds the model's predictions to data, by ML.NET. Images in memory are not changed. Labels get the keys of the training data, so that ML.NET's <c>Evaluate</c>
    /// compares them by value.
    /// </summary>
    /// <param name="input">Has the columns that the model was trained on. It need not have labels.</param>
    /// <exception cref="ArgumentException">A column is missing, or the label is a key of other classes than in training and its values are not text.</exception>
    /// <exception cref="ObjectDisposedException">The model has been disposed.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        input = _labels.Align(input);
        return _model.Transformer.Transform(HasImages(input.Schema) ? _preprocessing.Protection.Protect(input) : input);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        var mapper = _model.Transformer.GetRowToRowMapper(inputSchema);
        return HasImages(inputSchema) ? _preprocessing.Protection.Protect(mapper) : mapper;
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => _model.Transformer.Save(ctx);

    /// <inheritdoc cref="Rf3dImageClassificationTransformer.SaveAsOnnx"/>
    /// <remarks>The threshold in the file is the one that is stored in the model, whatever <see cref="MinConfidence"/> it was loaded with.</remarks>
    /// <exception cref="InvalidOperationException">The model has <see cref="ImageSteps"/>, which the file cannot contain.</exception>
    public void SaveAsOnnx(string path, bool applyOrientation = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        RequireNoImageSteps("An ONNX file has the classifier alone, and applications would give it unchanged images. Export the classifier in the program that trains it, by SaveAsOnnx of its transformer, and change images in the application in the same way.");
        var file = ToOnnx(isOpaque: true, applyOrientation: applyOrientation);
        // ONNX Runtime decides which files are valid; one that it refuses must not reach the disk.
        using (new InferenceSession(file))
            AtomicFile.Write(path, file);
    }

    /// <inheritdoc cref="Rf3dImageClassificationTransformer.GetClassActivationMap"/>
    public ClassActivationMap GetClassActivationMap(MLImage image, string? className = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _mapper.Value.Map(image, className);
    }

    /// <summary>Frees the native memory of the model. The file is not affected.</summary>
    /// <remarks>Results of <c>Predict</c> that are enumerated afterwards throw an <see cref="ObjectDisposedException"/>.</remarks>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _scorer.Dispose();
        _mapper.Dispose();
        _model.Dispose();
    }

    /// <summary>Makes all that the first prediction needs.</summary>
    internal void Prepare() => _ = Scorer;

    /// <summary>The whole classifier as ONNX.</summary>
    /// <param name="isOpaque">Whether its images have red, green and blue alone, over the background; else those that <see cref="Preprocessing"/> gives.</param>
    /// <param name="directions">To be compared with the features; null for none.</param>
    /// <param name="applyOrientation">Whether photographs are turned upright, for the metadata.</param>
    internal byte[] ToOnnx(bool isOpaque, float[]? directions = null, bool applyOrientation = true) =>
        OnnxClassifier.FromBackbone(_model.Backbone, _model.Head, ClassifierMetadata.Of(Classes, _preprocessing, Plan.Optimized.Name, applyOrientation, _record.MinConfidence), isOpaque, directions)
        ?? throw new FormatException("The model's network has not the form that this library writes, and cannot be extended by its last layer.");

    /// <summary>Whether an image is scored by the mean of itself and its mirror image.</summary>
    /// <exception cref="FormatException">The network has not the form that this library writes.</exception>
    internal bool ScoresMirrored => BackboneSteps.Read(_model.Backbone, Plan.Optimized.Input).ScoresMirrored;

    /// <summary>The weights as they were trained, before calibration.</summary>
    internal WeightTable TrainedWeights() => _model.TrainedWeights();

    /// <summary>The classifier as TorchSharp computes it.</summary>
    /// <param name="gpu">The GPU, counted from 0; null for the CPU.</param>
    /// <exception cref="OptionConflictException">The model is quantized.</exception>
    internal TorchScoringNetwork ToTorch(int? gpu) => Quantization is null
        ? new(_model.Backbone, _model.Head, Plan.Optimized, _preprocessing, gpu, _directions?.Directions)
        : throw new OptionConflictException($"{new OptionName(nameof(SavedModelOptions.Device))} asks for a GPU, and models of {Precision} are scored on one by ONNX Runtime alone: {OnnxDevice.Remedy}.");

    private OnnxScoringNetwork ToOnnxNetwork(int? gpu) =>
        new(ToOnnx(isOpaque: false, _directions?.Directions), _preprocessing, gpu, _directions is null ? OnnxWriter.ProbabilitiesOutput : OnnxWriter.ScoresOutput);

    private ScoringNetworkChoice ChoiceIn(MLContext mlContext) => new()
    {
        Onnx = gpu => ToOnnxNetwork(gpu),
        Torch = gpu => ToTorch(gpu),
        Warn = text => Warn(mlContext, text),
    };

    private static void Warn(MLContext mlContext, string text)
    {
        using var channel = MLNetInternals.GetEnvironment(mlContext.MulticlassClassification).Start(nameof(Rf3dSavedModel));
        channel.Warning(text);
    }

    private void RequireNoImageSteps(string remedy)
    {
        if (!ImageSteps.IsEmpty)
            throw new InvalidOperationException($"The pipeline of the model changes images before the classifier ({string.Join(", ", ImageSteps)}). {remedy}");
    }

    private bool HasImages(DataViewSchema schema) => schema.GetColumnOrNull(ImageColumnName) is { Type: ImageDataViewType };
}
