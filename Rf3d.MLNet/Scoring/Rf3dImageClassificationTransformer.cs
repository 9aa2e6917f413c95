using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// A trained image classifier: turns images into <c>Score</c> and <c>PredictedLabel</c>. Made by <see cref="Rf3dImageClassificationTrainer"/>.
/// </summary>
/// <remarks>
/// <c>mlContext.Model.Save</c> writes it as a chain of ML.NET's own transformers, with the network inside. The model that <c>mlContext.Model.Load</c> returns predicts
/// the same and needs neither this library nor TorchSharp. <see cref="Rf3dSavedModel"/> also reads plan and history.
/// </remarks>
public sealed class Rf3dImageClassificationTransformer : ITransformer, IDisposable
{
    private readonly ScoringChain _chain;
    private readonly MadeOnce<ActivationMapper> _mapper;
    private readonly LabelAlignment _labels;
    private bool _isDisposed;

    internal Rf3dImageClassificationTransformer(TrainedModel model, TrainingHistory history, ScoringChain chain)
    {
        Model = model;
        _chain = chain;
        History = history;
        _labels = new(model.LabelColumnName, model.Classes);
        _mapper = new(() => ActivationMapper.Of(model));
    }

    internal TrainedModel Model { get; }

    /// <summary>The network before and after optimization, and the steps between.</summary>
    public NetworkPlan Plan => Model.Plan;

    /// <summary>The history of the training.</summary>
    public TrainingHistory History { get; }

    /// <summary>Names of the classes, in the order of the scores.</summary>
    public ImmutableArray<string> Classes => Model.Classes;

    /// <summary>Height in pixels that images are resized to. If the network sees a crop of them, its input is smaller (see <see cref="Plan"/>).</summary>
    public int ImageHeight => Model.Resized.Height;

    /// <summary>Width in pixels that images are resized to.</summary>
    public int ImageWidth => Model.Resized.Width;

    /// <summary>The colour behind transparent pixels; null if the model ignores transparency.</summary>
    public RgbColor? Background => Model.Preprocessing.Background;

    bool ITransformer.IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _chain.GetOutputSchema(_labels.Align(inputSchema));

    /// <summary>
    /// Adds predictions to data. Labels, if there are any, get the keys of the training data, so that ML.NET's <c>Evaluate</c> is correct for data that lacks a class or
    /// has its classes in another order.
    /// </summary>
    /// <param name="input">Has the column of images. It need not have labels.</param>
    /// <exception cref="ArgumentException">A column is missing, or the label is a key of other classes than in training and its values are not text.</exception>
    /// <exception cref="ObjectDisposedException">The model has been disposed.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _chain.Transform(_labels.Align(input));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => ((ITransformer)_chain).GetRowToRowMapper(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)_chain).Save(ctx);

    /// <summary>
    /// Writes the whole classifier as one ONNX file, for use outside ML.NET. Input <c>image</c> [batch, 3, height, width], float, RGB from 0 to
    /// 255, of the size that images are resized to (crop and normalisation are inside), with <see cref="Background"/> behind transparent pixels; outputs <c>logits</c> and <c>probabilities</c> [batch, classes]. The file's metadata has
    /// <c>classes</c> (a JSON array of names), <c>image_height</c>, <c>image_width</c>, <c>resizing</c> (a kind of ML.NET's <c>ResizeImages</c>), <c>orientation</c> ("exif" or "none"), <c>color_order</c>,
    /// <c>background</c> (as in "ffffff"), <c>architecture</c>, and <c>rf3d.min_confidence</c> if a threshold is stored in the model (<see cref="Rf3dSavedModel.StoreMinConfidence"/>).
    /// </summary>
    /// <param name="path">The file. It is replaced completely or not at all.</param>
    /// <param name="applyOrientation">Whether applications are to turn photographs upright by their EXIF orientation: as in the training. It is written into the metadata.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveAsOnnx(string path, bool applyOrientation = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var metadata = ClassifierMetadata.Of(Classes, Model.Preprocessing, Plan.Optimized.Name, applyOrientation);
        var file = OnnxWriter.Classifier(Model.Layout, Model.Weights, Model.Statistics, metadata, Model.TestTimeFlip, Model.BeforeOpaque);
        // ONNX Runtime decides which files are valid; one that it refuses must not reach the disk.
        using (new InferenceSession(file))
            AtomicFile.Write(path, file);
    }

    /// <summary>
    /// The contribution of each place of an image to the score of a class: the class-activation map of B. Zhou et al., "Learning Deep Features for Discriminative
    /// Localization" (CVPR 2016). It is exact, not an estimate: the mean of its values and the bias are the class's logit.
    /// </summary>
    /// <param name="image">An image of any size, which is prepared as for a prediction. The caller disposes it.</param>
    /// <param name="className">The class; null for the one that is predicted.</param>
    /// <remarks>
    /// With <c>TestTimeFlip</c> it is the mean of the image's map and of its mirror image's, turned back. It does not need TorchSharp and takes milliseconds on a CPU.
    /// </remarks>
    /// <exception cref="ArgumentException">There is no such class.</exception>
    /// <exception cref="NotSupportedException">The network has hidden linear layers, so that no map adds up to a score.</exception>
    /// <exception cref="ObjectDisposedException">The model has been disposed.</exception>
    public ClassActivationMap GetClassActivationMap(MLImage image, string? className = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _mapper.Value.Map(image, className);
    }

    /// <summary>Frees the native memory of the model. Saved files are not affected.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _mapper.Dispose();
        _chain.Dispose();
    }
}
