using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;

namespace Rf3d.MLNet;

/// <content>Predictions, and how good they are.</content>
public sealed partial class Rf3dSavedModel
{
    /// <summary>Scores one image file, in any format that <see cref="ImageReader"/> reads.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="InvalidDataException">The file is missing, not an image, too large, cut short or damaged; the message names it.</exception>
    /// <exception cref="NotSupportedException">The network computes scores that are not numbers, as one in float16 may.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public ImagePrediction Predict(string path, ImagePredictionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        var used = Used(options);
        return Scorer.Score([ScoringInput.Of(path, 0, used)], used)[0];
    }

    /// <summary>Scores the content of one image file.</summary>
    /// <param name="stream">Read from its position to its end. It is not closed.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="InvalidDataException">The content is not an image, too large, cut short or damaged, or the stream cannot be read.</exception>
    /// <exception cref="NotSupportedException">The network computes scores that are not numbers, as one in float16 may.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public ImagePrediction Predict(Stream stream, ImagePredictionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var used = Used(options);
        return Scorer.Score([ScoringInput.Of(stream, 0, used)], used)[0];
    }

    /// <summary>Scores one image in memory.</summary>
    /// <param name="image">An image of any size. The caller disposes it.</param>
    /// <exception cref="NotSupportedException">The network computes scores that are not numbers, as one in float16 may.</exception>
    public ImagePrediction Predict(MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Scorer.Score([InputOf(image, 0)], ImagePredictionOptions.Default)[0];
    }

    /// <summary>Scores the content of one image file that arrives over a network. The stream is read asynchronously; the image is scored on the thread that read its end.</summary>
    /// <inheritdoc cref="Predict(Stream, ImagePredictionOptions?)" path="/exception"/>
    /// <param name="stream">Read from its position to its end. It is not closed.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="OperationCanceledException">Cancelled while the stream was being read.</exception>
    public async Task<ImagePrediction> PredictAsync(Stream stream, ImagePredictionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var used = Used(options);
        var input = await ScoringInput.OfAsync(stream, 0, used, cancellationToken).ConfigureAwait(false);
        return Scorer.Score([input], used)[0];
    }

    /// <summary>
    /// Scores image files in batches on all cores, as they are enumerated, and returns the results in the order of the files. Memory holds a few batches at a time.
    /// </summary>
    /// <param name="paths">The files; enumerated on the caller's thread.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <exception cref="InvalidDataException">While enumerating: a file cannot be read, and <see cref="ImagePredictionOptions.ContinueOnError"/> is false; the message names it.</exception>
    /// <exception cref="NotSupportedException">While enumerating: the network computes scores that are not numbers, as one in float16 may.</exception>
    /// <exception cref="OperationCanceledException">While enumerating: cancelled.</exception>
    /// <exception cref="ObjectDisposedException">While enumerating: the model has been disposed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range, or, while enumerating, a batch is larger than an array may be.</exception>
    public IEnumerable<ImagePrediction> Predict(IEnumerable<string> paths, ImagePredictionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var used = Used(options);
        return Scorer.Score(paths.Select((path, index) => ScoringInput.Of(path, index, used)), used, cancellationToken);
    }

    /// <summary>Scores the contents of image files in batches on all cores, as they are enumerated, and returns the results in their order.</summary>
    /// <param name="streams">The streams, enumerated on the caller's thread. Each is read to its end before the next is requested. They are not closed.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <exception cref="InvalidDataException">While enumerating: an image cannot be read, and <see cref="ImagePredictionOptions.ContinueOnError"/> is false; the message has its index.</exception>
    /// <exception cref="NotSupportedException">While enumerating: the network computes scores that are not numbers, as one in float16 may.</exception>
    /// <exception cref="OperationCanceledException">While enumerating: cancelled.</exception>
    /// <exception cref="ObjectDisposedException">While enumerating: the model has been disposed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range, or, while enumerating, a batch is larger than an array may be.</exception>
    public IEnumerable<ImagePrediction> Predict(IEnumerable<Stream> streams, ImagePredictionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(streams);
        var used = Used(options);
        return Scorer.Score(streams.Select((stream, index) => ScoringInput.Of(stream, index, used)), used, cancellationToken);
    }

    /// <summary>Scores images in memory in batches on all cores, as they are enumerated, and returns the results in their order.</summary>
    /// <param name="images">The images, enumerated on the caller's thread. Each is resized before the next is requested. The caller disposes them.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <exception cref="NotSupportedException">While enumerating: the network computes scores that are not numbers, as one in float16 may.</exception>
    /// <exception cref="OperationCanceledException">While enumerating: cancelled.</exception>
    /// <exception cref="ObjectDisposedException">While enumerating: the model has been disposed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range, or, while enumerating, a batch is larger than an array may be.</exception>
    public IEnumerable<ImagePrediction> Predict(IEnumerable<MLImage> images, ImagePredictionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        return Scorer.Score(images.Select((image, index) => InputOf(image, index)), Used(options), cancellationToken);
    }

    /// <summary>Evaluates the model on labelled images. Labels are compared by the names of the classes; rows without a label are not counted.</summary>
    /// <param name="data">Has the column <see cref="ImageColumnName"/>, or the columns that the model's pipeline makes it of, and a key column of labels.</param>
    /// <param name="labelColumnName">The labels.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <remarks>
    /// <para>The files of <c>LoadImageFolder</c> and <c>LoadImageTable</c> are scored as <see cref="Predict(IEnumerable{string}, ImagePredictionOptions?, CancellationToken)"/> does it: in batches, on all cores,
    /// at full size whatever the folder's <c>DecodeSize</c>, and turned upright unless the folder's options or <paramref name="options"/> say otherwise. An image may have the pixels that the folder's options allow and, if there are
    /// <paramref name="options"/>, those that they allow. A folder that skips bad images skips them here, too.</para>
    /// <para>Other data, and all data for a model with <see cref="ImageSteps"/>, goes through <see cref="Transform"/>, and <paramref name="options"/> have no effect.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">A column is missing, or a label is of a class that the model does not have.</exception>
    /// <exception cref="InvalidDataException">An image cannot be read, and <see cref="ImagePredictionOptions.ContinueOnError"/> is false; the message names it.</exception>
    /// <exception cref="NotSupportedException">The network computes scores that are not numbers, as one in float16 may.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ImageEvaluation Evaluate(IDataView data, string labelColumnName = "Label", ImagePredictionOptions? options = null, CancellationToken cancellationToken = default) =>
        EvaluateEach(data, labelColumnName, options, null, cancellationToken);

    /// <param name="data">As above.</param>
    /// <param name="labelColumnName">The labels.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="onScored">Receives the index of each image that counts, the index of its predicted class, and whether that is correct.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal ImageEvaluation EvaluateEach(IDataView data, string labelColumnName, ImagePredictionOptions? options, Action<long, int, bool>? onScored, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        _ = Used(options);
        var evaluator = new Evaluator(Classes, MinConfidence) { OnScored = onScored };
        return ImageSteps.IsEmpty && data is ImageFolderDataView { HasFiles: true } folder
            ? evaluator.Run(folder, labelColumnName, paths => Predict(paths, ImagePredictionOptions.For(folder, options), cancellationToken))
            : evaluator.Run(Transform(data), labelColumnName, ScoreColumnName, cancellationToken);
    }

    private BatchScorer Scorer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _scorer.Value;
        }
    }

    private static ImagePredictionOptions Used(ImagePredictionOptions? options) => (options ?? ImagePredictionOptions.Default).Checked();

    private ScoringInput InputOf(MLImage image, long index) => Scorer.WithReader((reader, length) => ScoringInput.Of(image, index, reader, length));
}
