using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// A classifier taken out of the .zip that it was saved to: the parts that a program needs to score many images at once, or to write the classifier
/// down in another format. ML.NET itself runs the parts in a row, one image at a time.
/// </summary>
internal sealed class SavedClassifier : IDisposable
{
    private readonly SavedModel _model;

    private SavedClassifier(SavedModel model)
    {
        _model = model;
        var parts = Parts.Find(model) ?? throw new FormatException("the steps that prepare its images are missing");
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
    public static SavedClassifier Load(string path) => SavedModel.Load(new MLContext(), path, model => new SavedClassifier(model));

    /// <summary>The whole classifier as ONNX, as <see cref="Rf3dImageClassificationTransformer.SaveAsOnnx"/> writes it.</summary>
    public byte[] ToOnnx() =>
        OnnxClassifier.FromBackbone(_model.Backbone, _model.Head, ClassifierMetadata.Of(Classes, Height, Width, OnnxClassifier.NetworkName(_model.Backbone)))
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

    /// <inheritdoc cref="SavedModel.Dispose"/>
    public void Dispose() => _model.Dispose();

    private sealed record Parts(
        ITransformer Preprocessing, string ImageColumnName, Size2D Size, ImmutableArray<string> Classes, string PredictedLabelColumnName)
    {
        /// <summary>Goes through the steps and looks for the columns that the scoring chain gives names of its own.</summary>
        public static Parts? Find(SavedModel model)
        {
            Parts? found = null;
            (ITransformer Step, string Image)? resize = null;
            ITransformer? extract = null;
            foreach (var step in model.Steps)
            {
                if (Makes(step, ImagePreprocessing.ResizedColumnName) is { } image)
                    resize = (step, image);
                else if (Makes(step, ImagePreprocessing.PixelsColumnName) is ImagePreprocessing.ResizedColumnName)
                    extract = step;
                else if (step is MulticlassPredictionTransformer<MaximumEntropyModelParameters> { FeatureColumnName: ScoringChain.FeaturesColumnName } head
                    && resize is not null && extract is not null)
                    found = Make(resize.Value.Step, resize.Value.Image, extract, head, model.Head.Weights.Length / model.Head.Biases.Length);
            }
            return found;
        }

        /// <returns>The column that a step makes <paramref name="column"/> of; null when it does not.</returns>
        private static string? Makes(ITransformer step, string column) => step is OneToOneTransformerBase transformer
            ? MLNetInternals.GetColumnPairs(transformer).FirstOrDefault(pair => pair.Output == column).Input
            : null;

        private static Parts Make(ITransformer resize, string image, ITransformer extract, MulticlassPredictionTransformer<MaximumEntropyModelParameters> head, int featureCount)
        {
            var images = new DataViewSchema.Builder();
            images.AddColumn(image, new ImageDataViewType());
            var resized = (ImageDataViewType)resize.GetOutputSchema(images.ToSchema())[ImagePreprocessing.ResizedColumnName].Type;
            var features = new DataViewSchema.Builder();
            features.AddColumn(head.FeatureColumnName, new VectorDataViewType(NumberDataViewType.Single, featureCount));
            var scored = head.GetOutputSchema(features.ToSchema());
            var predicted = scored.Last(column => column.Type is KeyDataViewType);
            var classes = LabelColumn.Find(scored, predicted.Name, nameof(scored)).Classes;
            return new(new TransformerChain<ITransformer>(resize, extract), image, new Size2D(resized.Height, resized.Width), classes, predicted.Name);
        }
    }
}
