using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Rf3d.MLNet;

/// <summary>
/// The one place that reaches behind ML.NET's public API. ML.NET does not let other assemblies save a transformer of a new kind, so the fitted model
/// must be put together from ML.NET's own parts, and some of their constructors are internal.
/// </summary>
/// <remarks>
/// Every accessor is bound when it is first called: after an update of ML.NET a changed member shows as a <see cref="MissingMemberException"/>,
/// and each accessor has a test of its own that says so.
/// </remarks>
internal static class MLNetInternals
{
    private const string InternalEnvironment = "Microsoft.ML.Runtime.IHostEnvironmentInternal, Microsoft.ML.Core";

    /// <summary>The environment of the context behind <c>mlContext.MulticlassClassification.Trainers</c>, which is all an extension method there gets.</summary>
    public static IHostEnvironment GetEnvironment(MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers)
    {
        ArgumentNullException.ThrowIfNull(trainers);
        return GetEnvironment(OwnerOf(trainers));
    }

    /// <summary>The environment behind a task's catalog. It is not the <see cref="MLContext"/>, which only wraps it.</summary>
    public static IHostEnvironment GetEnvironment(TrainCatalogBase catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return EnvironmentOf(catalog);
    }

    /// <summary>
    /// A catalog of transforms that works in <paramref name="environment"/>. The transforms' constructors are internal as well, their catalog
    /// methods are public: with this one accessor all of them can be used as everybody uses them.
    /// </summary>
    public static TransformsCatalog CreateTransforms(IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return NewTransformsCatalog(environment);
    }

    /// <summary>A column of an estimator's output schema. <see cref="SchemaShape"/> is public and has to be returned, its columns cannot be made.</summary>
    public static SchemaShape.Column CreateSchemaColumn(
        string name, SchemaShape.Column.VectorKind kind, DataViewType itemType, bool isKey = false, SchemaShape? annotations = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(itemType);
        return NewSchemaColumn(name, kind, itemType, isKey, annotations);
    }

    /// <summary>
    /// A linear model with softmax that holds given numbers: one row of <paramref name="weights"/> and one of <paramref name="biases"/> a class.
    /// ML.NET creates it only from its own trainers.
    /// </summary>
    public static MaximumEntropyModelParameters CreateMaximumEntropyModel(IHostEnvironment environment, float[,] weights, float[] biases)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(biases);
        int classes = weights.GetLength(0), features = weights.GetLength(1);
        if (biases.Length != classes)
            throw new ArgumentException($"There are {biases.Length} biases for {classes} classes.", nameof(biases));

        var rows = new VBuffer<float>[classes];
        for (var i = 0; i < classes; i++)
        {
            var row = new float[features];
            Buffer.BlockCopy(weights, i * features * sizeof(float), row, 0, features * sizeof(float));
            rows[i] = new VBuffer<float>(features, row);
        }

        // Without label names: they are for a printed summary only. The names of predictions come from the label column.
        return NewMaximumEntropyModel(environment, rows, biases, classes, features, labelNames: null, statistics: null);
    }

    /// <summary>
    /// The transformer that scores with such a model. <paramref name="trainSchema"/> is saved with it, so it should hold no more than the features
    /// and the label, whose key values name the classes. The scores are always called "Score": the constructor's argument for it says only where
    /// to look, and a linear model has no other name.
    /// </summary>
    public static MulticlassPredictionTransformer<MaximumEntropyModelParameters> CreatePredictionTransformer(
        IHostEnvironment environment,
        MaximumEntropyModelParameters model,
        DataViewSchema trainSchema,
        string featureColumnName,
        string labelColumnName,
        string predictedLabelColumnName)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return OfModel<MaximumEntropyModelParameters>.NewPredictionTransformer(
            environment, model, trainSchema, featureColumnName, labelColumnName, "Score", predictedLabelColumnName);
    }

    /// <summary>The user's <see cref="MLContext.GpuDeviceId"/>: the environment has it, only the interface to ask is internal.</summary>
    public static int? GetGpuDeviceId(IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return GpuDeviceIdOf(environment);
    }

    /// <summary>The user's <see cref="MLContext.FallbackToCpu"/>.</summary>
    public static bool GetFallbackToCpu(IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return FallbackToCpuOf(environment);
    }

    /// <summary>The user's <see cref="MLContext.TempFilePath"/>. Hosts registered in an environment do not know it.</summary>
    public static string GetTempFilePath(IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return TempFilePathOf(environment);
    }

    /// <summary>The columns that a transformer makes, each of one other column.</summary>
    public static IReadOnlyList<(string Output, string Input)> GetColumnPairs(OneToOneTransformerBase transformer)
    {
        ArgumentNullException.ThrowIfNull(transformer);
        return ColumnPairsOf(transformer);
    }

    /// <summary>
    /// A seed that follows from <c>new MLContext(seed)</c> and differs from call to call. Needs no internals; it is here because it belongs to the
    /// values of an environment.
    /// </summary>
    public static int DrawSeed(IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return environment.Register("Rf3d").Rand.Next();
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Owner")]
    private static extern TrainCatalogBase OwnerOf(TrainCatalogBase.CatalogInstantiatorBase catalog);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Environment")]
    private static extern IHostEnvironment EnvironmentOf(TrainCatalogBase catalog);

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern TransformsCatalog NewTransformsCatalog(IHostEnvironment environment);

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern SchemaShape.Column NewSchemaColumn(
        string name, SchemaShape.Column.VectorKind kind, DataViewType itemType, bool isKey, SchemaShape? annotations);

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern MaximumEntropyModelParameters NewMaximumEntropyModel(
        IHostEnvironment environment,
        VBuffer<float>[] weights,
        float[] biases,
        int numClasses,
        int numFeatures,
        string[]? labelNames,
        ModelStatisticsBase? statistics);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_GpuDeviceId")]
    private static extern int? GpuDeviceIdOf([UnsafeAccessorType(InternalEnvironment)] object environment);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_FallbackToCpu")]
    private static extern bool FallbackToCpuOf([UnsafeAccessorType(InternalEnvironment)] object environment);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_TempFilePath")]
    private static extern string TempFilePathOf([UnsafeAccessorType(InternalEnvironment)] object environment);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "ColumnPairs")]
    private static extern ref (string Output, string Input)[] ColumnPairsOf(OneToOneTransformerBase transformer);

    // The constructor takes the class's type parameter. An accessor finds it only if it has that parameter too, at the same place.
    private static class OfModel<TModel>
        where TModel : class
    {
        [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
        public static extern MulticlassPredictionTransformer<TModel> NewPredictionTransformer(
            IHostEnvironment environment,
            TModel model,
            DataViewSchema trainSchema,
            string featureColumnName,
            string labelColumnName,
            string scoreColumnName,
            string predictedLabelColumnName);
    }
}
