using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>
/// The estimator that plans a convolutional network for the images, trains it, and returns a classifier whose .zip any ML.NET application can load. Create it with
/// <c>mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier()</c>.
/// </summary>
/// <remarks>
/// <para><b>Input and output columns</b></para>
/// <para>Label: a <see cref="KeyDataViewType"/> column. Feature: an <see cref="ImageDataViewType"/> column (<see cref="MLImage"/>), of any and of
/// mixed sizes. Output: <c>Score</c>, a vector of float with the probability of each class, its slots named after the classes;
/// <c>PredictedLabel</c>, a key with the label's values.</para>
/// <para><b>Characteristics</b></para>
/// <list type="table">
/// <item><term>Machine learning task</term><description>Multiclass classification of images</description></item>
/// <item><term>Is normalization required?</term><description>No; the training images are measured and the model normalizes</description></item>
/// <item><term>Is caching required?</term><description>No; each image is decoded once and kept as bytes in memory or, where there are too many, in a file; or they are decoded again in each epoch (<see cref="Options.ImageStorage"/>)</description></item>
/// <item><term>Packages in addition to Microsoft.ML, to train</term><description>Rf3d.MLNet and TorchSharp-cpu or TorchSharp-cuda-*</description></item>
/// <item><term>Packages in addition to Microsoft.ML, to use a saved model</term><description>Microsoft.ML.ImageAnalytics, Microsoft.ML.OnnxTransformer,
/// Microsoft.ML.OnnxRuntime</description></item>
/// <item><term>Exportable to ONNX</term><description>Yes, by <see cref="Rf3dImageClassificationTransformer.SaveAsOnnx"/></description></item>
/// </list>
/// <para>The network is planned before it is trained, by the 3D receptive field of "An Efficient Quantitative Approach for Optimizing
/// Convolutional Neural Networks" (Y. Wang, B. Feng, X. Peng, Y. Ding, CIKM '21).</para>
/// </remarks>
public sealed partial class Rf3dImageClassificationTrainer : IEstimator<Rf3dImageClassificationTransformer>
{
    private readonly IHostEnvironment _environment;
    private readonly Options _options;

    internal Rf3dImageClassificationTrainer(IHostEnvironment environment, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _environment = environment;
        _options = options.CheckedCopy();
    }

    /// <summary>Plans and trains. Validates on <see cref="Options.ValidationSet"/>, or on a part of <paramref name="input"/>.</summary>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type.</exception>
    /// <exception cref="ArgumentException">The data is empty, or has images of one class only.</exception>
    /// <exception cref="InvalidOperationException">No plan meets the budgets.</exception>
    /// <exception cref="InvalidOperationException">The device is not available.</exception>
    /// <exception cref="InvalidOperationException">There is too little memory.</exception>
    /// <exception cref="InvalidOperationException">The loss became infinite or NaN in the first epoch.</exception>
    /// <exception cref="InvalidOperationException"><see cref="Options.CheckpointDirectory"/> holds a training with other options or data.</exception>
    /// <exception cref="InvalidOperationException"><see cref="Options.CheckpointDirectory"/> holds damaged checkpoints only.</exception>
    /// <exception cref="InvalidOperationException"><see cref="Options.Deterministic"/> is true, and the checkpoint was made on other hardware or with other versions.</exception>
    /// <exception cref="InvalidOperationException">No layer fits <see cref="Options.Pretrained"/>.</exception>
    /// <exception cref="InvalidOperationException">An option prepares images in another way than the model of <see cref="Options.ContinueFrom"/>.</exception>
    /// <exception cref="InvalidOperationException">The images fit neither into memory nor into a cache file, and cannot be streamed.</exception>
    /// <exception cref="InvalidOperationException"><see cref="Options.ImageStorage"/> is Stream, and the data cannot be streamed, or changes between passes.</exception>
    /// <exception cref="InvalidDataException">An image is missing or cannot be decoded.</exception>
    /// <exception cref="FormatException">The file of <see cref="Options.Pretrained"/> is damaged, or of another kind.</exception>
    /// <exception cref="IOException">The file of <see cref="Options.Pretrained"/> is missing.</exception>
    /// <exception cref="IOException"><see cref="Options.CheckpointDirectory"/> cannot be written to, or another training uses it.</exception>
    /// <exception cref="IOException">The cache of images cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before there was a model: before the first epoch was complete or, with a pretrained network, before there was a classifier on its features.</exception>
    public Rf3dImageClassificationTransformer Fit(IDataView input) => Fit(input, _options.ValidationSet);

    /// <summary>Plans and trains, and validates on other images.</summary>
    /// <param name="trainData">The training images.</param>
    /// <param name="validationData">The images that the best epoch is chosen by; null to hold out a part of <paramref name="trainData"/>.</param>
    /// <inheritdoc cref="Fit(IDataView)"/>
    public Rf3dImageClassificationTransformer Fit(IDataView trainData, IDataView? validationData)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        var image = Columns.FindImage(trainData.Schema, _options.FeatureColumnName, nameof(trainData));
        var label = LabelColumn.Find(trainData.Schema, _options.LabelColumnName, nameof(trainData));
        if (validationData is not null)
        {
            Columns.FindImage(validationData.Schema, _options.FeatureColumnName, nameof(validationData));
            label.RequireSameClasses(LabelColumn.Find(validationData.Schema, _options.LabelColumnName, nameof(validationData)), nameof(validationData));
        }
        TorchNative.EnsureLoaded();

        using var channel = _environment.Start(nameof(Rf3dImageClassificationTrainer));
        var device = DeviceChoice.Choose(_options.Device, _options.Deterministic, _environment, channel.Warning);
        if (device.type == DeviceType.CPU && TorchNative.ConvolutionFinding is { } finding)
            channel.Warning($"{finding.Message} {finding.Remedy}");
        var planned = Plan(trainData, image, label, channel);
        var (plan, start) = planned;
        channel.Info(plan.ToString());
        if (start is { IsAdvice: true, Reason: { } advice })
            channel.Warning(advice);
        else if (start.Reason is { } reason)
            channel.Info(reason);

        var options = _options;
        if (start.ScoresMirrored)
        {
            options = options.CheckedCopy();
            options.TestTimeFlip = true;
        }
        var run = new TrainingRun(_environment, options, channel, plan, start, planned.Resized, label, device);
        try
        {
            return run.Run(trainData, validationData);
        }
        catch (Exception error) when (TorchMemory.IsExhausted(error))
        {
            var input = plan.Optimized.Input;
            OptionName size = new(nameof(Options.BatchSize)), height = new(nameof(Options.ImageHeight)), width = new(nameof(Options.ImageWidth)), multiplier = new(nameof(Options.WidthMultiplier));
            throw new OptionConflictException(
                $"There is too little memory to train '{plan.Optimized.Name}' on {input.Height}x{input.Width} images on {device}: {TorchMemory.Reason(error)}. Lower {size} (it is {run.BatchSize?.ToString(CultureInfo.InvariantCulture) ?? "not chosen yet"}), {height} and {width}, or {multiplier}; or end what else uses that memory.",
                error);
        }
    }

    /// <summary>Plans the network for these images, as <see cref="Fit(IDataView)"/> does, without training. Reads the sizes of the images if necessary.</summary>
    /// <param name="data">Has the label and the image column.</param>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, or there is no image.</exception>
    /// <exception cref="InvalidOperationException">The images are too small for the network, or no plan meets the budgets.</exception>
    public NetworkPlan Plan(IDataView data)
    {
        ArgumentNullException.ThrowIfNull(data);
        using var channel = _environment.Start(nameof(Rf3dImageClassificationTrainer));
        return Plan(
            data,
            Columns.FindImage(data.Schema, _options.FeatureColumnName, nameof(data)),
            LabelColumn.Find(data.Schema, _options.LabelColumnName, nameof(data)), channel).Plan;
    }

    /// <summary>The plan for data of this schema, without training. Milliseconds.</summary>
    /// <param name="schema">
    /// Has the label column, and an image column of fixed size unless the options state the size. The size that an [ImageType] attribute declares is
    /// used, correct or not; <see cref="Plan(IDataView)"/> looks at the images.
    /// </param>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, or the size of the images is not known.</exception>
    public NetworkPlan Plan(DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        var image = Columns.FindImage(schema, _options.FeatureColumnName, nameof(schema));
        var label = LabelColumn.Find(schema, _options.LabelColumnName, nameof(schema));
        var size = ImageSizeFinder.FromSchema(_options.GivenImageSize(), image) ?? throw new ArgumentException(
            $"The schema does not say how large the images of '{image.Name}' are. Set ImageHeight and ImageWidth, or call Plan(height, width, classes).", nameof(schema));
        return Plan(size.Height, size.Width, label.Classes.Length);
    }

    /// <summary>The plan for images and classes of the given sizes, without training. Milliseconds.</summary>
    /// <param name="imageHeight">Image height in pixels.</param>
    /// <param name="imageWidth">Image width in pixels.</param>
    /// <param name="classes">Number of classes.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size or the number of classes below 1.</exception>
    /// <exception cref="InvalidOperationException">The images are too small for the network, or no plan meets the budgets.</exception>
    public NetworkPlan Plan(int imageHeight, int imageWidth, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(imageHeight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(imageWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        return TrainingPlan.Of(_options, new Size2D(imageHeight, imageWidth), classes, images: null, MLNetInternals.GetTempFilePath(_environment)).Plan;
    }

    private TrainingPlan Plan(IDataView data, DataViewSchema.Column image, LabelColumn label, IChannel channel)
    {
        IReadOnlyList<Size2D> sizes = [];
        var size = ImageSizeFinder.FromData(_options.GivenImageSize(), data, image, _options.CancellationToken, found => sizes = found);
        var planned = TrainingPlan.Of(_options, size, label.Classes.Length, RowCount.About(data), MLNetInternals.GetTempFilePath(_environment));
        if (ImageShapeWarning.Of(_options, sizes, planned.Plan.Optimized.Input) is { } warning)
            channel.Warning(warning);
        return planned;
    }

    /// <summary>The columns that the trained model adds, for checks before <c>Fit</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => OutputSchema.Of(inputSchema, _options);
}
