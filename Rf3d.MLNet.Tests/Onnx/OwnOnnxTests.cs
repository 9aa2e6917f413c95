using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Onnx;

/// <summary>ONNX files of this library are networks to start from, with any steps that they add for scoring.</summary>
[TestClass]
public class OwnOnnxTests
{
    private const int Size = 16;

    [TestMethod]
    [DataRow(false, new int[0])]
    [DataRow(true, new int[0])]
    [DataRow(true, new[] { 12 })]
    public void A_file_gives_the_features_of_the_model_that_it_was_exported_from(bool testTimeFlip, int[] hidden)
    {
        using var folder = new TempFolder();
        var mlContext = new MLContext(1);
        var data = SmallTask.Images(mlContext, 40);
        using var model = SmallTask.Trainer(mlContext, options =>
        {
            (options.Network, options.Epoch, options.TestTimeFlip, options.EmbeddingColumnName) = (SmallTask.Network with { Head = new() { HiddenLayers = [.. hidden] } }, 1, testTimeFlip, "Embedding");
        }).Fit(data);
        mlContext.Model.Save(model, data.Schema, folder["model.zip"]);
        model.SaveAsOnnx(folder["trained.onnx"]);
        using (var saved = Rf3dSavedModel.Load(mlContext, folder["model.zip"]))
        {
            saved.SaveAsOnnx(folder["saved.onnx"]);
            File.WriteAllBytes(folder["transparent.onnx"], saved.ToOnnx(isOpaque: false));
        }
        var expected = Embeddings(model, data);
        foreach (var file in new[] { "trained.onnx", "saved.onnx", "transparent.onnx" })
        {
            Assert.AreEqual(model.Plan.Optimized.Stages.Sum(stage => stage.Blocks.Length), OnnxNetwork.Load(folder[file]).Stages.Sum(stage => stage.Blocks.Length), file);
            using var probed = SmallTask.Trainer(mlContext, options =>
            {
                (options.Network, options.Pretrained, options.Adaptation, options.ImageHeight, options.ImageWidth) = (null, folder[file], MLNet.Adaptation.Probe, Size, Size);
                (options.TestTimeFlip, options.EmbeddingColumnName) = (testTimeFlip, "Embedding");
            }).Fit(data);
            var actual = Embeddings(probed, data);
            Assert.HasCount(expected.Length, actual);
            for (var i = 0; i < expected.Length; i++)
                Assert.AreEqual(expected[i], actual[i], 1e-3 * (1 + Math.Abs(expected[i])), $"{file}, value {i}");
        }
    }

    private static float[] Embeddings(Rf3dImageClassificationTransformer model, IDataView data) => [.. model.Transform(data).GetColumn<float[]>("Embedding").SelectMany(values => values)];
}
