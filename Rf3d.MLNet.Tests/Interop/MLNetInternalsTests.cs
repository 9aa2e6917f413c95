using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Rf3d.MLNet.Tests.Interop;

/// <summary>One test an accessor: after an update of ML.NET they tell which internal member is gone, and from which version.</summary>
[TestClass]
public sealed class MLNetInternalsTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void The_environment_behind_the_trainers_can_be_reached() =>
        Assert.IsNotNull(Reach("TrainCatalogBase.CatalogInstantiatorBase.Owner", () => MLNetInternals.GetEnvironment(_ml.MulticlassClassification.Trainers)));

    [TestMethod]
    public void The_environment_behind_a_catalog_can_be_reached() =>
        Assert.AreSame(
            MLNetInternals.GetEnvironment(_ml.MulticlassClassification.Trainers),
            Reach("TrainCatalogBase.Environment", () => MLNetInternals.GetEnvironment(_ml.MulticlassClassification)));

    [TestMethod]
    public void A_catalog_of_transforms_can_be_made_from_an_environment() =>
        Assert.IsNotNull(Reach("TransformsCatalog(IHostEnvironment)", () => MLNetInternals.CreateTransforms(Environment)).CopyColumns("a", "b"));

    [TestMethod]
    public void A_column_of_a_schema_shape_can_be_made()
    {
        var annotations = new SchemaShape(
        [
            MLNetInternals.CreateSchemaColumn("KeyValues", SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance),
        ]);

        var column = Reach(
            "SchemaShape.Column(string, VectorKind, DataViewType, bool, SchemaShape)",
            () => MLNetInternals.CreateSchemaColumn("x", SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, isKey: true, annotations));

        Assert.AreEqual("x", column.Name);
        Assert.AreEqual(SchemaShape.Column.VectorKind.Scalar, column.Kind);
        Assert.AreEqual(NumberDataViewType.UInt32, column.ItemType);
        Assert.IsTrue(column.IsKey);
        Assert.AreEqual("KeyValues", column.Annotations.Single().Name);
    }

    [TestMethod]
    public void A_schema_column_without_annotations_has_none() =>
        Assert.IsEmpty(MLNetInternals.CreateSchemaColumn("x", SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single).Annotations);

    [TestMethod]
    public void A_linear_model_with_given_weights_can_be_made()
    {
        var model = Reach(
            "MaximumEntropyModelParameters(IHostEnvironment, VBuffer<float>[], float[], int, int, string[], ModelStatisticsBase)",
            () => MLNetInternals.CreateMaximumEntropyModel(Environment, new float[,] { { 1, 2, 3 }, { 4, 5, 6 } }, [7, 8]));

        VBuffer<float>[]? weights = null;
        model.GetWeights(ref weights, out var classes);
        Assert.AreEqual(2, classes);
        CollectionAssert.AreEqual(new float[] { 1, 2, 3 }, weights![0].DenseValues().ToArray());
        CollectionAssert.AreEqual(new float[] { 4, 5, 6 }, weights[1].DenseValues().ToArray());
        CollectionAssert.AreEqual(new float[] { 7, 8 }, model.GetBiases().ToArray());
    }

    [TestMethod]
    public void A_linear_model_needs_a_bias_for_every_class() =>
        Assert.ThrowsExactly<ArgumentException>(() => MLNetInternals.CreateMaximumEntropyModel(Environment, new float[2, 3], [1]));

    [TestMethod]
    public void A_prediction_transformer_can_be_made()
    {
        var schema = new DataViewSchema.Builder();
        schema.AddColumn("F", new VectorDataViewType(NumberDataViewType.Single, 3));
        schema.AddColumn("L", new KeyDataViewType(typeof(uint), 2));
        var model = MLNetInternals.CreateMaximumEntropyModel(Environment, new float[2, 3], [0, 0]);

        var transformer = Reach(
            "MulticlassPredictionTransformer<T>(IHostEnvironment, T, DataViewSchema, string, string, string, string)",
            () => MLNetInternals.CreatePredictionTransformer(Environment, model, schema.ToSchema(), "F", "L", "P"));

        var output = transformer.GetOutputSchema(schema.ToSchema());
        Assert.AreEqual("F", transformer.FeatureColumnName);
        Assert.IsNotNull(output.GetColumnOrNull("Score"));
        Assert.IsNotNull(output.GetColumnOrNull("P"));
    }

    [TestMethod]
    public void The_gpu_that_the_context_asks_for_can_be_read()
    {
        Assert.IsNull(Reach("IHostEnvironmentInternal.GpuDeviceId", () => MLNetInternals.GetGpuDeviceId(Environment)));

        _ml.GpuDeviceId = 3;

        Assert.AreEqual(3, MLNetInternals.GetGpuDeviceId(Environment));
        Assert.AreEqual(3, MLNetInternals.GetGpuDeviceId(_ml));
        Assert.AreEqual(3, MLNetInternals.GetGpuDeviceId(Environment.Register("host")));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Whether_the_context_falls_back_to_the_cpu_can_be_read(bool fallback)
    {
        _ml.FallbackToCpu = fallback;

        Assert.AreEqual(fallback, Reach("IHostEnvironmentInternal.FallbackToCpu", () => MLNetInternals.GetFallbackToCpu(Environment)));
    }

    [TestMethod]
    public void The_folder_for_temporary_files_can_be_read()
    {
        _ml.TempFilePath = "elsewhere";

        Assert.AreEqual("elsewhere", Reach("IHostEnvironmentInternal.TempFilePath", () => MLNetInternals.GetTempFilePath(Environment)));
    }

    [TestMethod]
    public void The_columns_of_a_transformer_can_be_read()
    {
        var copying = _ml.Transforms.CopyColumns("a", "b").Fit(_ml.Data.LoadFromEnumerable([new { b = 1f }]));

        CollectionAssert.AreEqual(new[] { ("a", "b") }, Reach("OneToOneTransformerBase.ColumnPairs", () => MLNetInternals.GetColumnPairs(copying)).ToArray());
    }

    [TestMethod]
    public void Seeds_follow_from_the_seed_of_the_context()
    {
        var other = MLNetInternals.GetEnvironment(new MLContext(seed: 1).MulticlassClassification);
        int first = MLNetInternals.DrawSeed(Environment), second = MLNetInternals.DrawSeed(Environment);

        Assert.AreNotEqual(first, second);
        Assert.AreEqual(first, MLNetInternals.DrawSeed(other));
        Assert.AreEqual(second, MLNetInternals.DrawSeed(other));
    }

    private IHostEnvironment Environment => MLNetInternals.GetEnvironment(_ml.MulticlassClassification);

    private static T Reach<T>(string member, Func<T> access)
    {
        try
        {
            return access();
        }
        catch (Exception e) when (e is MissingMemberException or TypeLoadException or MemberAccessException)
        {
            var version = typeof(MLContext).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
            Assert.Fail($"ML.NET {version} has no {member} that {nameof(MLNetInternals)} can use: {e.Message}");
            throw;
        }
    }
}
