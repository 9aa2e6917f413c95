using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms.Image;

namespace Rf3d.MLNet;

/// <summary>
/// A classifier taken out of the .zip that it was saved to: the parts that a program needs to score many images at once, or to write the classifier
/// down in another format. ML.NET itself runs the parts in a row, one image at a time.
/// </summary>
internal sealed class SavedClassifier : IDisposable
{
    private readonly ITransformer _model;
    private readonly byte[] _backbone;
    private readonly ClassifierHead _head;

    private SavedClassifier(ITransformer model, byte[] backbone, Parts parts)
    {
        _model = model;
        _backbone = backbone;
        _head = parts.Head;
        Preprocessing = parts.Preprocessing;
        ImageColumnName = parts.ImageColumnName;
        Classes = parts.Classes;
        (Height, Width) = (parts.Size.Height, parts.Size.Width);
        PredictedLabelColumnName = parts.PredictedLabelColumnName;
    }

    /// <summary>What turns the column <see cref="ImageColumnName"/> into <see cref="ImagePreprocessing.PixelsColumnName"/>.</summary>
    public ITransformer Preprocessing { get; }

    public string ImageColumnName { get; }

    public string PredictedLabelColumnName { get; }

    /// <summary>Names of the classes, in the order of the scores.</summary>
    public ImmutableArray<string> Classes { get; }

    /// <summary>Height in pixels to which images are resized.</summary>
    public int Height { get; }

    /// <summary>Width in pixels to which images are resized.</summary>
    public int Width { get; }

    /// <param name="path">A .zip that a model of this trainer was saved to, alone or within a pipeline.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="FormatException">The file is something else, or damaged; the message says what it is.</exception>
    public static SavedClassifier Load(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no model '{path}'.", path);
        ITransformer? model = null;
        try
        {
            if (!IsZip(path))
                throw new FormatException(new FileInfo(path).Length == 0 ? "it is empty" : "it is no .zip");
            if (!SavedModelFile.IsModel(path))
                throw new FormatException("it is a .zip, but none that ML.NET saved a model to");
            var backbone = SavedModelFile.OnnxModels(path).FirstOrDefault(content => OnnxWeights.Parse(content) is not null);
            model = new MLContext().Model.Load(path, out _);
            if (backbone is null || Parts.Find(model) is not { } parts)
                throw new FormatException($"it is an ML.NET model of something else ({Describe(model)})");
            return new(model, backbone, parts);
        }
        // InvalidOperationException and ArgumentException are what ML.NET throws where it cannot load a step.
        catch (Exception error) when (error is FormatException or InvalidDataException or EndOfStreamException or InvalidOperationException or ArgumentException)
        {
            (model as IDisposable)?.Dispose();
            var reason = error is InvalidDataException or EndOfStreamException ? $"it is cut short or damaged ({error.Message.TrimEnd('.')})" : error.Message.TrimEnd('.');
            throw new FormatException($"'{path}' is no model of this trainer: {reason}.", error);
        }
    }

    /// <summary>The whole classifier as ONNX, as <see cref="Rf3dImageClassificationTransformer.SaveAsOnnx"/> writes it.</summary>
    public byte[] ToOnnx() =>
        OnnxClassifier.FromBackbone(_backbone, _head, ClassifierMetadata.Of(Classes, Height, Width, OnnxClassifier.NetworkName(_backbone)))
        ?? throw new FormatException("The model's network was written by another version of this library, which this one cannot rewrite.");

    /// <param name="path">The file; it is replaced as a whole or not at all.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveAsOnnx(string path)
    {
        var file = ToOnnx();
        // ONNX Runtime is the judge of what is valid; a file that it refuses must not reach the disk.
        using (new InferenceSession(file))
            AtomicFile.Write(path, file);
    }

    /// <summary>Frees the native memory and the temporary file of ML.NET's own copy of the network.</summary>
    public void Dispose()
    {
        foreach (var step in SavedModelFile.Steps(_model))
            (step as IDisposable)?.Dispose();
    }

    private static bool IsZip(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[4];
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("PK\u0003\u0004"u8);
    }

    private static string Describe(ITransformer model) =>
        string.Join(", ", SavedModelFile.Steps(model).Select(step => step.GetType() is var type && type.IsGenericType
            ? $"{type.Name.Split('`')[0]} of {string.Join(", ", type.GetGenericArguments().Select(argument => argument.Name.Split('`')[0]))}"
            : type.Name));

    private sealed record Parts(
        ITransformer Preprocessing, string ImageColumnName, Size2D Size, ClassifierHead Head, ImmutableArray<string> Classes, string PredictedLabelColumnName)
    {
        /// <summary>Goes through the steps and looks for the columns that the scoring chain gives names of its own.</summary>
        public static Parts? Find(ITransformer model)
        {
            (ITransformer Step, string Image)? resize = null;
            ITransformer? extract = null;
            foreach (var step in SavedModelFile.Steps(model))
            {
                if (Makes(step, ImagePreprocessing.ResizedColumnName) is { } image)
                    resize = (step, image);
                else if (Makes(step, ImagePreprocessing.PixelsColumnName) is ImagePreprocessing.ResizedColumnName)
                    extract = step;
                else if (step is MulticlassPredictionTransformer<MaximumEntropyModelParameters> { FeatureColumnName: ScoringChain.FeaturesColumnName } head
                    && resize is not null && extract is not null)
                    return Make(resize.Value.Step, resize.Value.Image, extract, head);
            }
            return null;
        }

        /// <returns>The column that a step makes <paramref name="column"/> of; null when it does not.</returns>
        private static string? Makes(ITransformer step, string column) => step is OneToOneTransformerBase transformer
            ? MLNetInternals.GetColumnPairs(transformer).FirstOrDefault(pair => pair.Output == column).Input
            : null;

        private static Parts Make(ITransformer resize, string image, ITransformer extract, MulticlassPredictionTransformer<MaximumEntropyModelParameters> head)
        {
            VBuffer<float>[]? rows = null;
            head.Model.GetWeights(ref rows, out _);
            var weights = new ClassifierHead([.. rows!.SelectMany(row => row.DenseValues())], [.. head.Model.GetBiases()]);

            var images = new DataViewSchema.Builder();
            images.AddColumn(image, new ImageDataViewType());
            var resized = (ImageDataViewType)resize.GetOutputSchema(images.ToSchema())[ImagePreprocessing.ResizedColumnName].Type;
            var features = new DataViewSchema.Builder();
            features.AddColumn(head.FeatureColumnName, new VectorDataViewType(NumberDataViewType.Single, rows![0].Length));
            var scored = head.GetOutputSchema(features.ToSchema());
            var predicted = scored.Last(column => column.Type is KeyDataViewType);
            var classes = LabelColumn.Find(scored, predicted.Name, nameof(scored)).Classes;
            return new(new TransformerChain<ITransformer>(resize, extract), image, new Size2D(resized.Height, resized.Width), weights, classes, predicted.Name);
        }
    }
}
