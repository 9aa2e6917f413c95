using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace Rf3d.MLNet;

/// <summary>The .zip of a model of this trainer, alone or within a pipeline: ML.NET's transformers, and of the trainer's own parts the network and its last layer.</summary>
internal sealed class SavedModel : IDisposable
{
    private SavedModel(ITransformer transformer, DataViewSchema inputSchema, byte[] backbone, ClassifierHead head) =>
        (Transformer, InputSchema, Backbone, Head) = (transformer, inputSchema, backbone, head);

    /// <summary>All that was saved.</summary>
    public ITransformer Transformer { get; }

    /// <summary>The columns of the data that the model was saved with.</summary>
    public DataViewSchema InputSchema { get; }

    /// <summary>The network without its last layer, as ONNX.</summary>
    public byte[] Backbone { get; }

    public ClassifierHead Head { get; }

    /// <summary>The transformers of the model, without the chains around them.</summary>
    public IEnumerable<ITransformer> Steps => StepsOf(Transformer);

    /// <summary>Reads a model, and makes something of it that disposes it.</summary>
    /// <param name="mlContext">Where the model is loaded.</param>
    /// <param name="path">The .zip.</param>
    /// <param name="make">What is made of it; where that throws, the model is disposed here.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="FormatException">The file is something else, or damaged; the message says what it is.</exception>
    public static T Load<T>(MLContext mlContext, string path, Func<SavedModel, T> make)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no model '{path}'.", path);
        SavedModel? model = null;
        try
        {
            return make(model = Read(mlContext, path));
        }
        // InvalidOperationException and ArgumentException are what ML.NET throws where it cannot load a step.
        catch (Exception error) when (error is FormatException or InvalidDataException or EndOfStreamException or InvalidOperationException or ArgumentException)
        {
            model?.Dispose();
            var reason = error is InvalidDataException or EndOfStreamException ? $"it is cut short or damaged ({error.Message.TrimEnd('.')})" : error.Message.TrimEnd('.');
            throw new FormatException($"'{path}' is no model of this trainer: {reason}.", error);
        }
    }

    /// <summary>Reads a model.</summary>
    /// <exception cref="FormatException">The file is something else; the message says what, and does not name it.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static SavedModel Read(MLContext mlContext, string path)
    {
        if (!SavedModelFile.IsZip(path))
            throw new FormatException(new FileInfo(path).Length == 0 ? "it is empty" : "it is no .zip");
        if (!SavedModelFile.IsModel(path))
            throw new FormatException("it is a .zip, but none that ML.NET saved a model to");
        // A pipeline may score with an earlier classifier first; the last one is what the pipeline is for.
        var backbone = SavedModelFile.OnnxModels(path).LastOrDefault(content => OnnxWeights.Parse(content) is not null);
        var transformer = mlContext.Model.Load(path, out var schema);
        var head = StepsOf(transformer).OfType<MulticlassPredictionTransformer<MaximumEntropyModelParameters>>()
            .LastOrDefault(step => step.FeatureColumnName == ScoringChain.FeaturesColumnName);
        if (backbone is not null && head is not null)
            return new(transformer, schema, backbone, HeadOf(head.Model));
        Free(transformer);
        throw new FormatException($"it is an ML.NET model of something else ({Describe(transformer)})");
    }

    /// <summary>Frees the native memory and the temporary file of ML.NET's own copy of the network.</summary>
    public void Dispose() => Free(Transformer);

    private static void Free(ITransformer model)
    {
        foreach (var step in StepsOf(model))
            (step as IDisposable)?.Dispose();
    }

    private static IEnumerable<ITransformer> StepsOf(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(StepsOf) : [model];

    private static ClassifierHead HeadOf(MaximumEntropyModelParameters model)
    {
        VBuffer<float>[]? rows = null;
        model.GetWeights(ref rows, out _);
        return new([.. rows!.SelectMany(row => row.DenseValues())], [.. model.GetBiases()]);
    }

    private static string Describe(ITransformer model) =>
        string.Join(", ", StepsOf(model).Select(step => step.GetType() is var type && type.IsGenericType
            ? $"{type.Name.Split('`')[0]} of {string.Join(", ", type.GetGenericArguments().Select(argument => argument.Name.Split('`')[0]))}"
            : type.Name));
}
