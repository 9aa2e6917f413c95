using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Rf3d.MLNet;

/// <summary>The parts of a scoring chain: names of columns, and all results of the training.</summary>
internal sealed record ScoringChainSettings
{
    public required ImagePreprocessing Preprocessing { get; init; }

    /// <summary>The data that was trained on. Only its schema is looked at: no row is read.</summary>
    public required IDataView TrainingData { get; init; }

    public required string LabelColumnName { get; init; }

    public string ScoreColumnName { get; init; } = "Score";

    public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

    /// <summary>The column to keep the features of the last layer in, or null to keep none.</summary>
    public string? EmbeddingColumnName { get; init; }

    /// <summary>
    /// The network without its last layer as an ONNX model from [1, channels, height, width] to [features], the channels being those of <see cref="Preprocessing"/>. Its input must be called
    /// <see cref="ImagePreprocessing.PixelsColumnName"/> and its output <see cref="ScoringChain.FeaturesColumnName"/>: ML.NET takes the names of a
    /// model's inputs and outputs for names of columns.
    /// </summary>
    public required byte[] Backbone { get; init; }

    /// <summary>The last layer: one row a class, in the order of the label's keys.</summary>
    public required float[,] HeadWeights { get; init; }

    public required float[] HeadBiases { get; init; }

    /// <summary>Where ML.NET keeps the network in a file; null for the environment's folder.</summary>
    public string? TemporaryFolder { get; init; }
}

/// <summary>
/// A trained network as a chain of ML.NET's own transformers, which any application with ML.NET loads: resize, extract the pixels, run the network,
/// apply its last layer and name the classes, drop the columns in between. It saves as that chain; until then it also protects the user's images.
/// </summary>
internal sealed class ScoringChain : ITransformer, IDisposable
{
    /// <summary>The network's output. Like all columns in between it has a prefix that keeps it apart from the user's, and is dropped at the end.</summary>
    public const string FeaturesColumnName = ImagePreprocessing.ColumnPrefix + "Features";

    private const string LinearScoreColumnName = "Score";
    private const string UserScoreColumnName = ImagePreprocessing.ColumnPrefix + "UserScore";

    private readonly ImageDisposalGuard _protection;

    private ScoringChain(ImageDisposalGuard protection, TransformerChain<ITransformer> transformers) =>
        (_protection, Transformers) = (protection, transformers);

    /// <summary>The chain that is saved to a .zip: only transformers that ML.NET can load.</summary>
    public TransformerChain<ITransformer> Transformers { get; }

    bool ITransformer.IsRowToRowMapper => true;

    public static ScoringChain Build(IHostEnvironment environment, ScoringChainSettings settings)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(settings);
        var label = CheckLabel(settings);

        var catalog = MLNetInternals.CreateTransforms(environment);
        var chain = new TransformerChain<ITransformer>();
        var data = settings.TrainingData;
        Append(settings.Preprocessing.Create(catalog));
        if (HidesUserScore(settings))
            Append(catalog.CopyColumns(UserScoreColumnName, LinearScoreColumnName));
        Add(LoadBackbone(environment, settings, data));
        Add(CreateHead(environment, settings, label));
        foreach (var estimator in NameOutputs(catalog, settings))
            Append(estimator);
        return new ScoringChain(settings.Preprocessing.Protection, chain);

        void Append(IEstimator<ITransformer> estimator) => Add(estimator.Fit(data));

        void Add(ITransformer transformer)
        {
            data = transformer.Transform(data);
            chain = chain.Append(transformer);
        }
    }

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Transformers.GetOutputSchema(inputSchema);

    public IDataView Transform(IDataView input) => Transformers.Transform(_protection.Protect(input));

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) =>
        _protection.Protect(((ITransformer)Transformers).GetRowToRowMapper(inputSchema));

    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)Transformers).Save(ctx);

    /// <summary>Frees the network's native memory and its temporary file.</summary>
    public void Dispose() => Transformers.Dispose();

    private static DataViewSchema.Column CheckLabel(ScoringChainSettings settings)
    {
        var classes = settings.HeadWeights.GetLength(0);
        var label = settings.TrainingData.Schema.GetColumnOrNull(settings.LabelColumnName)
            ?? throw new ArgumentException($"The training data has no column '{settings.LabelColumnName}'.", nameof(settings));
        if (label.Type is not KeyDataViewType key || key.Count != (ulong)classes)
            throw new ArgumentException($"The label '{label.Name}' is {label.Type}, the last layer needs a key of {classes} classes.", nameof(settings));

        foreach (var column in settings.TrainingData.Schema.Where(c => c.Name.StartsWith(ImagePreprocessing.ColumnPrefix, StringComparison.Ordinal)))
            throw new ArgumentException($"Columns must not be called '{ImagePreprocessing.ColumnPrefix}...', as '{column.Name}' is.", nameof(settings));
        return label;
    }

    /// <summary>The transformer that runs the network.</summary>
    /// <remarks>
    /// ML.NET keeps a network in a temporary file. One that was given as bytes it never deletes, one that it loaded from a .zip it does: the
    /// transformer is saved and loaded here to get one of these. A small graph of the same input and output is saved, and the network then takes its place: ML.NET would
    /// compress the weights.
    /// </remarks>
    private static ITransformer LoadBackbone(IHostEnvironment environment, ScoringChainSettings settings, IDataView data)
    {
        var ml = CreateBackboneContext(environment, settings.TemporaryFolder);
        using var zip = new MemoryStream();
        var file = Path.Combine(ml.TempFilePath, Path.GetRandomFileName() + ".onnx");
        try
        {
            File.WriteAllBytes(file, StandIn(settings));
            using var transformer = OnnxRuntimeLibrary.Use(() => ml.Transforms.ApplyOnnxModel([FeaturesColumnName], [ImagePreprocessing.PixelsColumnName], file).Fit(data));
            ml.Model.Save(transformer, data.Schema, zip);
        }
        finally
        {
            AtomicFile.TryDelete(file);
        }
        SavedModelFile.ReplaceNetwork(zip, settings.Backbone);

        return LoadUnlessNamedOrt(() =>
        {
            zip.Position = 0;
            return ml.Model.Load(zip, out _);
        });
    }

    private static byte[] StandIn(ScoringChainSettings settings)
    {
        var (preprocessing, features) = (settings.Preprocessing, settings.HeadWeights.GetLength(1));
        var graph = new OnnxGraphBuilder("stand-in");
        var pixels = graph.AddInput(ImagePreprocessing.PixelsColumnName, 1, preprocessing.Channels, preprocessing.Height, preprocessing.Width);
        graph.AddNode("ReduceMax", [pixels], ["most"], new OnnxAttribute("keepdims", 0));
        graph.AddNode("Add", ["most", graph.AddInitializer("none", [features], new float[features])], [FeaturesColumnName]);
        graph.AddOutput(FeaturesColumnName, features);
        return graph.Build();
    }

    // ML.NET draws a name for its temporary file. One in 32,768 ends in ".ort", which OnnxRuntime takes for a format of its own and refuses: a trained
    // network must not get lost that way. The next name is another one.
    internal static ITransformer LoadUnlessNamedOrt(Func<ITransformer> load)
    {
        try
        {
            return load();
        }
        catch (Exception error) when (ForeignMessages.IsOrtFormatMistaken(error))
        {
            return load();
        }
    }

    // ML.NET takes the GPU from the context, where the user may have set it for the training. With the CPU package of OnnxRuntime it then fails even
    // if it may fall back. A network that has been trained must not get lost that way, so in a context of its own it may always run on the CPU.
    private static MLContext CreateBackboneContext(IHostEnvironment environment, string? temporary)
    {
        var gpu = MLNetInternals.GetGpuDeviceId(environment);
        var canUseGpu = gpu is not null && OnnxDevice.HasGpu;
        return OnnxDevice.ContextLike(environment, temporary ?? MLNetInternals.GetTempFilePath(environment), canUseGpu ? gpu : null);
    }

    private static MulticlassPredictionTransformer<MaximumEntropyModelParameters> CreateHead(
        IHostEnvironment environment, ScoringChainSettings settings, DataViewSchema.Column label)
    {
        var schema = new DataViewSchema.Builder();
        schema.AddColumn(FeaturesColumnName, new VectorDataViewType(NumberDataViewType.Single, settings.HeadWeights.GetLength(1)));
        schema.AddColumn(label.Name, label.Type, label.Annotations);
        return MLNetInternals.CreatePredictionTransformer(
            environment,
            MLNetInternals.CreateMaximumEntropyModel(environment, settings.HeadWeights, settings.HeadBiases),
            schema.ToSchema(),
            FeaturesColumnName,
            label.Name,
            settings.PredictedLabelColumnName);
    }

    // The linear model calls its output "Score". If ours has another name, a "Score" that an earlier model gave must still be there afterwards.
    private static bool HidesUserScore(ScoringChainSettings settings) =>
        settings.ScoreColumnName != LinearScoreColumnName && settings.TrainingData.Schema.GetColumnOrNull(LinearScoreColumnName) is not null;

    private static IEnumerable<IEstimator<ITransformer>> NameOutputs(TransformsCatalog catalog, ScoringChainSettings settings)
    {
        List<string> dropped = [ImagePreprocessing.ResizedColumnName, ImagePreprocessing.PixelsColumnName, FeaturesColumnName];
        if (settings.EmbeddingColumnName is not null)
            yield return catalog.CopyColumns(settings.EmbeddingColumnName, FeaturesColumnName);

        if (settings.ScoreColumnName != LinearScoreColumnName)
            yield return catalog.CopyColumns(settings.ScoreColumnName, LinearScoreColumnName);

        if (HidesUserScore(settings))
        {
            yield return catalog.CopyColumns(LinearScoreColumnName, UserScoreColumnName);
            dropped.Add(UserScoreColumnName);
        }
        else if (settings.ScoreColumnName != LinearScoreColumnName)
        {
            dropped.Add(LinearScoreColumnName);
        }

        yield return catalog.DropColumns([.. dropped]);
    }
}
