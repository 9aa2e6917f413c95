using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;

namespace Rf3d.MLNet;

/// <content>Copies that compute with fewer bits.</content>
public sealed partial class Rf3dSavedModel
{
    /// <summary>The numbers that the network computes with.</summary>
    public ModelPrecision Precision => Quantization?.Precision ?? ModelPrecision.Float32;

    /// <summary>How the model was quantized; null for <see cref="ModelPrecision.Float32"/>.</summary>
    public ModelQuantization? Quantization { get; }

    /// <summary>
    /// Makes a model that computes with 8-bit integers, for CPUs. Weights have a scale for each output channel; the ranges of the feature maps are measured on images (static quantization). The preparation of the
    /// images, the pooling after the last feature map and the last layer stay in 32-bit floating point.
    /// </summary>
    /// <param name="calibrationImages">
    /// Images like those that will be scored, such as the training images. Labels are not read. Has the column <see cref="ImageColumnName"/>, or for a model with <see cref="ImageSteps"/> the columns that they make it of.
    /// </param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A model of its own, which the caller disposes. <see cref="Save"/> writes it; compare it with this one by <see cref="ModelComparison"/>, and measure whether it is faster on the machine that will score.</returns>
    /// <remarks>
    /// It is scored by ONNX Runtime, and no training can start from it. The files of <c>LoadImageFolder</c> and <c>LoadImageTable</c> are read as by <see cref="Evaluate"/>, with the limits of the folder's own options. Of other
    /// data, and of all data for a model with <see cref="ImageSteps"/>, <see cref="QuantizationOptions.Images"/> decides only whether images that cannot be read are left out. Source: B. Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference" (CVPR 2018).
    /// </remarks>
    /// <exception cref="ArgumentException">There is no column of images, or no layer of a name in <see cref="QuantizationOptions.Float32Layers"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="InvalidDataException">There are no images, or one cannot be read and <see cref="ImagePredictionOptions.ContinueOnError"/> is false; the message names it.</exception>
    /// <exception cref="InvalidOperationException">The model is quantized already.</exception>
    /// <exception cref="NotSupportedException">The network has no layer to quantize, or computes infinite values. The message says which.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Rf3dSavedModel Quantize(IDataView calibrationImages, QuantizationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(calibrationImages);
        RequireFloat32();
        var used = (options ?? QuantizationOptions.Default).Checked();
        if (ImageSteps.IsEmpty && calibrationImages is ImageFolderDataView { HasFiles: true } folder)
            return QuantizeFiles([.. folder.Paths], used with { Images = ImagePredictionOptions.For(folder, options?.Images) }, cancellationToken);
        var (count, images) = CalibrationImages.Choose(Prepared(calibrationImages), ImageColumnName, used.CalibrationImages, used.Images!.ContinueOnError);
        return ToInt8(scorer => images.Select((image, index) => InputOf(image.Image, image.Error, index, scorer)), count, used, cancellationToken);
    }

    /// <param name="calibrationImages">Image files like those that will be scored.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <inheritdoc cref="Quantize(IDataView, QuantizationOptions?, CancellationToken)"/>
    /// <exception cref="InvalidOperationException">The model has <see cref="ImageSteps"/>, which files do not go through.</exception>
    public Rf3dSavedModel Quantize(IEnumerable<string> calibrationImages, QuantizationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(calibrationImages);
        RequireFloat32();
        RequireNoImageSteps("Files do not go through it. Quantize with data that has the columns of the pipeline, such as that of LoadImageFolder.");
        return QuantizeFiles([.. calibrationImages], (options ?? QuantizationOptions.Default).Checked(), cancellationToken);
    }

    /// <summary>
    /// Makes a model that computes with 16-bit floating point, for GPUs. The preparation of the images, the pooling after the last feature map and the last layer stay in 32-bit floating point. On a CPU it is not
    /// faster: ONNX Runtime converts the numbers and computes in 32 bits.
    /// </summary>
    /// <returns>A model of its own, which the caller disposes.</returns>
    /// <remarks>It is scored by ONNX Runtime, and no training can start from it.</remarks>
    /// <exception cref="InvalidOperationException">The model is quantized already.</exception>
    /// <exception cref="NotSupportedException">The network has no convolution, or a weight is too large for 16 bits.</exception>
    public Rf3dSavedModel ToFloat16()
    {
        RequireFloat32();
        return With(NetworkQuantization.ToFloat16(_model.Backbone));
    }

    /// <summary>Writes the model as ML.NET's <c>Model.Save</c> does, in a form that every application with ML.NET loads.</summary>
    /// <param name="path">The .zip. It is replaced completely or not at all.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        using var content = Content();
        AtomicFile.Write(path, content.WriteTo);
    }

    /// <summary>Data with the images that the classifier of the pipeline would read, of which a missing one is an error.</summary>
    private IDataView Prepared(IDataView data)
    {
        var images = HasImages(data.Schema) ? _preprocessing.Protection.Protect(data) : data;
        return ImageSteps.IsEmpty ? images : _preprocessing.Protection.Protect(_model.Steps.Apply(images));
    }

    private static ScoringInput InputOf(MLImage image, BadImageException? error, long index, BatchScorer scorer) =>
        error is null ? scorer.WithReader((reader, length) => ScoringInput.Of(image, index, reader, length)) : ScoringInput.Of(error, index);

    private Rf3dSavedModel QuantizeFiles(IReadOnlyList<string> paths, QuantizationOptions options, CancellationToken cancellation)
    {
        var chosen = CalibrationImages.Choose(paths, options.CalibrationImages);
        return ToInt8(_ => chosen.Select((path, index) => ScoringInput.Of(path, index, options.Images!)), chosen.Count, options, cancellation);
    }

    private Rf3dSavedModel ToInt8(Func<BatchScorer, IEnumerable<ScoringInput>> images, int count, QuantizationOptions options, CancellationToken cancellation)
    {
        return With(NetworkQuantization.ToInt8(_model.Backbone, options, Calibrate));

        CountedRanges Calibrate(IReadOnlyList<string> values)
        {
            var network = new CalibrationNetwork(ToOnnx(isOpaque: false), values, _preprocessing);
            using var scorer = new BatchScorer(network, Classes, _preprocessing, _threshold, directions: null);
            var (done, scored) = (0, 0);
            foreach (var prediction in scorer.Score(images(scorer), options.Images! with { BatchSize = network.BatchSize }, cancellation))
            {
                done++;
                scored += prediction.Error is null ? 1 : 0;
                options.ProgressCallback?.Invoke(new(done, count));
            }
            return scored > 0
                ? new(scored, network.Histograms)
                : throw new InvalidDataException(count == 0 ? "There are no images to calibrate with." : "None of the images to calibrate with can be read.");
        }
    }

    private void RequireFloat32()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (Quantization is not null)
            throw new InvalidOperationException($"The model is quantized already, to {Precision}. Quantize the model that was trained.");
    }

    /// <summary>This model with another network.</summary>
    private Rf3dSavedModel With(byte[] network)
    {
        using var content = Content();
        SavedModelFile.ReplaceNetwork(content, network, SavedModelFile.OwnNetwork(content)!.Value.Index);
        content.Position = 0;
        // It is scored by ONNX Runtime, which may not have the GPU that libtorch has.
        return Load(_mlContext, content, new SavedModelOptions { Device = _isOfTorch ? "cpu" : Device, MinConfidence = MinConfidence, MinTypicality = MinTypicality });
    }

    private MemoryStream Content()
    {
        var content = new MemoryStream();
        _mlContext.Model.Save(_model.Transformer, InputSchema, content);
        return content;
    }
}
