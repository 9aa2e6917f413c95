using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// The .zip of a model of this trainer, alone or within a pipeline: ML.NET's transformers, and of the trainer's own parts the network and its last layer. The errors of
/// <see cref="Read"/> do not name the file.
/// </summary>
internal sealed class SavedModel : IDisposable
{
    private SavedModel(ITransformer transformer, DataViewSchema? inputSchema, byte[] backbone, ClassifierHead head, PipelineSteps steps) =>
        (Transformer, InputSchema, Backbone, Head, Steps) = (transformer, inputSchema, backbone, head, steps);

    /// <summary>The whole saved chain.</summary>
    public ITransformer Transformer { get; }

    /// <summary>The columns of the data that the model was saved with; null where it was saved without.</summary>
    public DataViewSchema? InputSchema { get; }

    /// <summary>The network without its last layer, as ONNX.</summary>
    public byte[] Backbone { get; }

    public ClassifierHead Head { get; }

    /// <summary>The changes that the pipeline makes to images before the classifier.</summary>
    public PipelineSteps Steps { get; }

    /// <summary>Reads a model.</summary>
    /// <param name="mlContext">The context to load the model in.</param>
    /// <param name="content">The .zip; it can seek.</param>
    /// <exception cref="FormatException">The content is something else, or ML.NET cannot load it.</exception>
    /// <exception cref="InvalidDataException">The content is damaged, or an entry is too large.</exception>
    /// <exception cref="IOException">The content cannot be read, or there is no room for ML.NET's temporary files.</exception>
    /// <exception cref="DllNotFoundException">The native library of ONNX Runtime does not load.</exception>
    /// <exception cref="InvalidOperationException">The context asks for a GPU, which ONNX Runtime does not have here, and may not fall back to the CPU.</exception>
    public static SavedModel Read(MLContext mlContext, Stream content)
    {
        SavedModelFile.Check(content);
        mlContext = OnnxDevice.ContextFor(mlContext);
        var backbone = SavedModelFile.OwnNetwork(content)?.Network;
        var (transformer, schema) = LoadTransformer(mlContext, content);
        if (backbone is not null && StepsOf(transformer).LastOrDefault(IsHead) is MulticlassPredictionTransformer<MaximumEntropyModelParameters> head)
            return new(transformer, schema, backbone, HeadOf(head.Model), StepsBefore(transformer));
        Free(transformer);
        throw new FormatException($"it is an ML.NET model of something else ({Describe(transformer)})");
    }

    /// <summary>The weights as they were trained: before calibration, by which a later training is not to start.</summary>
    public WeightTable TrainedWeights()
    {
        var table = OnnxWeights.Read(Backbone)!;
        var scale = FeatureMapGraph.MetadataOf(Backbone)?.GetValueOrDefault(ModelRecord.Key) is { } record ? ModelRecord.Parse(record).History?.Calibration?.Temperature ?? 1 : 1;
        var classes = Head.Biases.Length;
        table["head.classifier" + WeightTable.Weight] = new([classes, Head.Weights.Length / classes], CalibratedLayer.Times(Head.Weights, scale));
        table["head.classifier" + WeightTable.Bias] = new([classes], CalibratedLayer.Times(Head.Biases, scale));
        return table;
    }

    /// <summary>Frees the native memory and the temporary file of ML.NET's own copy of the network.</summary>
    public void Dispose() => Free(Transformer);

    private static (ITransformer Transformer, DataViewSchema? Schema) LoadTransformer(MLContext mlContext, Stream content)
    {
        DataViewSchema? schema = null;
        try
        {
            var transformer = ScoringChain.LoadUnlessNamedOrt(() =>
            {
                content.Position = 0;
                return mlContext.Model.Load(content, out schema);
            });
            return (transformer, schema);
        }
        catch (Exception error)
        {
            var cause = ReflectedError.CauseOf(error);
            if (cause is TypeInitializationException missing)
                throw OnnxRuntimeLibrary.Missing(missing);
            // Not the content's fault, but for the end of the stream and for the names of assemblies, which are in the file.
            if (cause is (IOException and not (EndOfStreamException or FileNotFoundException or FileLoadException)) or UnauthorizedAccessException or OutOfMemoryException or DllNotFoundException)
                ExceptionDispatchInfo.Throw(cause);
            throw new FormatException($"ML.NET cannot load it: {cause.Message.TrimEnd('.')}", cause);
        }
    }

    private static void Free(ITransformer model)
    {
        foreach (var step in StepsOf(model))
            (step as IDisposable)?.Dispose();
    }

    private static IEnumerable<ITransformer> StepsOf(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(StepsOf) : [model];

    /// <summary>The steps of Transform: a pipeline may have others for the training alone.</summary>
    private static IEnumerable<ITransformer> ScoringStepsOf(ITransformer model) =>
        model is TransformerChain<ITransformer> chain ? chain.GetModelFor(TransformerScope.Scoring).SelectMany(ScoringStepsOf) : [model];

    private static PipelineSteps StepsBefore(ITransformer model)
    {
        List<ITransformer> steps = [.. ScoringStepsOf(model)];
        var head = steps.FindLastIndex(IsHead);
        var resizing = head < 0 ? -1 : steps.FindLastIndex(head, step => step is ImageResizingTransformer);
        return resizing < 0 ? PipelineSteps.None : PipelineSteps.Before(steps, resizing);
    }

    private static bool IsHead(ITransformer step) => step is MulticlassPredictionTransformer<MaximumEntropyModelParameters> { FeatureColumnName: ScoringChain.FeaturesColumnName };

    private static ClassifierHead HeadOf(MaximumEntropyModelParameters model)
    {
        VBuffer<float>[]? rows = null;
        model.GetWeights(ref rows, out _);
        return new([.. rows!.SelectMany(row => row.DenseValues())], [.. model.GetBiases()]);
    }

    private static string Describe(ITransformer model) =>
        string.Join(", ", StepsOf(model).Select(PipelineSteps.NameOf));
}
