using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// A model of <see cref="Rf3dImageClassificationTrainer"/> out of the .zip that it was saved to, alone or at the end of a pipeline: predicts files, streams and images in
/// batches on all cores, evaluates, exports, and has the plan, the history and class-activation maps, which the model that ML.NET's <c>mlContext.Model.Load</c> returns
/// does not have. It needs no libtorch.
/// </summary>
/// <remarks>
/// The scores are those of ML.NET's own model, but for rounding. All members may be used from several threads at a time, except for <see cref="Dispose"/>, which must wait
/// for the others. <see cref="Predict(string, ImagePredictionOptions?)"/> and its overloads take images as they are; steps of a pipeline before the classifier are applied by
/// <see cref="Transform"/> alone. They run on the CPU, one thread a batch.
/// </remarks>
public sealed partial class Rf3dSavedModel : ITransformer, IDisposable
{
    private readonly SavedModel _model;
    private readonly ImagePreprocessing _preprocessing;
    private readonly ModelRecord _record;
    private readonly LabelAlignment _labels;
    private readonly Lazy<BatchScorer> _scorer;
    private readonly Lazy<ActivationMapper> _mapper;
    private bool _isDisposed;

    private Rf3dSavedModel(SavedModel model)
    {
        (_model, _record) = (model, RecordOf(model));
        if (_record.Classes.Length != model.Head.Biases.Length)
            throw new FormatException("its record and its last layer are of different classes");
        Plan = PlanOf(_record);
        var seen = new Size2D(Plan.Optimized.Input.Height, Plan.Optimized.Input.Width);
        var resized = _record.Resized ?? seen;
        if (resized.Height < seen.Height || resized.Width < seen.Width)
            throw new FormatException($"its record says that images are resized to {resized}, and its network sees {seen} of them");
        _labels = new(_record.LabelColumnName, _record.Classes);
        _preprocessing = new()
        {
            ImageColumnName = _record.ImageColumnName,
            Height = resized.Height,
            Width = resized.Width,
            Crop = seen,
            Resizing = _record.Resizing,
            Background = _record.Background,
        };
        _scorer = new(() => new BatchScorer(ToOnnx(isOpaque: false), Classes, _preprocessing));
        _mapper = new(() => new ActivationMapper(model.Backbone, _record.Classes, _preprocessing, model.Head));
    }

    /// <summary>Names of the classes, in the order of the scores.</summary>
    public ImmutableArray<string> Classes => _record.Classes;

    /// <summary>Height in pixels to which images are resized. Where the network sees their middle alone, its own input is smaller, as <see cref="Plan"/> says.</summary>
    public int ImageHeight => _preprocessing.Height;

    /// <summary>Width in pixels to which images are resized.</summary>
    public int ImageWidth => _preprocessing.Width;

    /// <summary>The colour behind transparent pixels; null where the model looks at red, green and blue alone.</summary>
    public RgbColor? Background => _record.Background;

    /// <summary>The network before and after optimization, and the steps between.</summary>
    public NetworkPlan Plan { get; }

    /// <summary>How the training went; null where the file does not say.</summary>
    public TrainingHistory? History => _record.History;

    /// <summary>The column of images that <see cref="Transform"/> reads.</summary>
    public string ImageColumnName => _record.ImageColumnName;

    /// <summary>The column of probabilities that <see cref="Transform"/> adds.</summary>
    public string ScoreColumnName => _record.ScoreColumnName;

    /// <summary>The columns of the data that the model was saved with, as ML.NET keeps them: without images. Null where it was saved without.</summary>
    public DataViewSchema? InputSchema => _model.InputSchema;

    bool ITransformer.IsRowToRowMapper => _model.Transformer.IsRowToRowMapper;

    internal ImagePreprocessing Preprocessing => _preprocessing;

    /// <summary>Reads a model. The whole file is compared with its checksums first.</summary>
    /// <param name="mlContext">Where the model is loaded.</param>
    /// <param name="path">The .zip.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="FormatException">It is something else: no .zip, another .zip, an ML.NET model of another trainer, or of another version of this library. The message says which.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or an entry of it is larger than 2 GB.</exception>
    /// <exception cref="IOException">It cannot be read, or there is no room for ML.NET's temporary files.</exception>
    /// <exception cref="InvalidOperationException">The context asks for a GPU, and the application's package of ONNX Runtime has none; see <see cref="MLContext.FallbackToCpu"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static Rf3dSavedModel Load(MLContext mlContext, string path)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no model '{path}'.", path);
        // Others may replace the file meanwhile: what is read is the one that was opened.
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        return Load(mlContext, file, $"'{path}'");
    }

    /// <summary>Reads a model from a stream.</summary>
    /// <param name="mlContext">Where the model is loaded.</param>
    /// <param name="stream">The content of the .zip; read from its beginning where it can seek, else from where it is, into memory. It is not closed.</param>
    /// <exception cref="FormatException">It is something else: no .zip, another .zip, an ML.NET model of another trainer, or of another version of this library. The message says which.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or an entry of it is larger than 2 GB.</exception>
    /// <exception cref="IOException">It cannot be read, or there is no room for ML.NET's temporary files.</exception>
    /// <exception cref="InvalidOperationException">The context asks for a GPU, and the application's package of ONNX Runtime has none; see <see cref="MLContext.FallbackToCpu"/>.</exception>
    public static Rf3dSavedModel Load(MLContext mlContext, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(stream);
        var name = stream is FileStream file ? $"'{file.Name}'" : "The content of the stream";
        if (stream.CanSeek)
            return Load(mlContext, stream, name);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return Load(mlContext, copy, name);
    }

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _model.Transformer.GetOutputSchema(_labels.Align(inputSchema));

    /// <summary>
    /// Adds the model's predictions to data, by ML.NET. Images in memory stay as they are. Labels get the keys that they had in the training data, so that ML.NET's
    /// <c>Evaluate</c> compares them by value.
    /// </summary>
    /// <param name="input">Has the columns that the model was trained on. It need not have labels.</param>
    /// <exception cref="ArgumentException">A column is missing, or the label is a key of other classes than in training and its values are no texts.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
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
    public void SaveAsOnnx(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = ToOnnx(isOpaque: true);
        // ONNX Runtime is the judge of what is valid; a file that it refuses must not reach the disk.
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

    /// <summary>Frees the model's native memory. The file is not affected.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        if (_scorer.IsValueCreated)
            _scorer.Value.Dispose();
        if (_mapper.IsValueCreated)
            _mapper.Value.Dispose();
        _model.Dispose();
    }

    /// <summary>The whole classifier as ONNX.</summary>
    /// <param name="isOpaque">Whether its images have red, green and blue alone, over the background; else those that <see cref="Preprocessing"/> gives.</param>
    internal byte[] ToOnnx(bool isOpaque) =>
        OnnxClassifier.FromBackbone(_model.Backbone, _model.Head, ClassifierMetadata.Of(Classes, ImageHeight, ImageWidth, Plan.Optimized.Name, Background), isOpaque)
        ?? throw new FormatException("The model's network has not the form that this library writes, and cannot be extended by its last layer.");

    private static Rf3dSavedModel Load(MLContext mlContext, Stream stream, string name)
    {
        SavedModel? model = null;
        try
        {
            return new(model = SavedModel.Read(mlContext, stream));
        }
        catch (FormatException error)
        {
            model?.Dispose();
            throw new FormatException($"{name} is no model of this trainer: {error.Message.TrimEnd('.')}.", error);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            model?.Dispose();
            throw new InvalidDataException($"{name} is no model of this trainer: it is cut short or damaged ({error.Message.TrimEnd('.')}).", error);
        }
        catch
        {
            model?.Dispose();
            throw;
        }
    }

    private static ModelRecord RecordOf(SavedModel model) => FeatureMapGraph.MetadataOf(model.Backbone)?.GetValueOrDefault(ModelRecord.Key) is { } text
        ? ModelRecord.Parse(text)
        : throw new FormatException($"its network has no record of the model ({ModelRecord.Key})");

    private static NetworkPlan PlanOf(ModelRecord record)
    {
        try
        {
            return record.Plan.ToPlan();
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or NotSupportedException)
        {
            throw new FormatException($"its plan cannot be read: {error.Message.TrimEnd('.')}", error);
        }
    }

    private bool HasImages(DataViewSchema schema) => schema.GetColumnOrNull(ImageColumnName) is { Type: ImageDataViewType };
}
