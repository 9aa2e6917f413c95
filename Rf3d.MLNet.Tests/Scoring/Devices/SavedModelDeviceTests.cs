using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
using Rf3d.Datasets;
using Rf3d.MLNet.Tests.Torch;

namespace Rf3d.MLNet.Tests.Scoring.Devices;

/// <summary>The option of the device, on a machine as it is.</summary>
[TestClass]
public sealed class SavedModelDeviceTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _path;

    public SavedModelDeviceTests() => _path = SavedModels.Write(_folder["model.zip"]);

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void A_bad_device_is_refused_before_the_model_is_read()
    {
        Assert.Contains("Device is \"gpu\"", Assert.ThrowsExactly<ArgumentException>(() => Rf3dSavedModel.Load(new MLContext(), _path, new() { Device = "gpu" })).Message);
        using var nothing = new MemoryStream();
        Assert.Contains("Device is null", Assert.ThrowsExactly<ArgumentException>(() => Rf3dSavedModel.Load(new MLContext(), nothing, new() { Device = null! })).Message);
        Assert.Contains("Device is \"tpu\"", Assert.ThrowsExactly<ArgumentException>(() => new ServiceCollection().AddRf3dClassifier(options => (options.Path, options.Device) = (_path, "tpu"))).Message);
    }

    [TestMethod]
    public void A_model_says_where_it_scores()
    {
        using var model = Rf3dSavedModel.Load(new MLContext(), _path, new() { Device = "cpu" });
        Assert.AreEqual("cpu", model.Device);
        using var stream = File.OpenRead(_path);
        using var best = Rf3dSavedModel.Load(new MLContext(), stream);
        Assert.AreEqual(CudaDriver.Count() > 0 && OnnxDevice.HasGpu ? "cuda:0" : "cpu", best.Device);
        using var predictor = new Rf3dPredictor(new Rf3dPredictorOptions { Path = _path, Device = "cpu" });
        Assert.AreEqual("cpu", predictor.Use(used => used.Device));
    }

    [TestMethod]
    public void A_gpu_that_is_not_there_is_an_error_of_the_option()
    {
        foreach (var load in new Action[]
        {
            () => Rf3dSavedModel.Load(new MLContext(), _path, new() { Device = "cuda:999" }).Dispose(),
            () => new Rf3dPredictor(new Rf3dPredictorOptions { Path = _path, Device = "cuda:999" }).Dispose(),
        })
        {
            Assert.Contains("Device = \"cuda:999\" asks for a GPU that cannot be used.", Assert.ThrowsExactly<OptionConflictException>(load).Message);
        }
    }

    [TestMethod]
    public void A_context_that_falls_back_to_the_cpu_keeps_its_session_options()
    {
        var mlContext = new MLContext { GpuDeviceId = 0, FallbackToCpu = true, TempFilePath = _folder.Path };
        var options = new OnnxSessionOptions { IntraOpNumThreads = 1 };
        mlContext.SetOnnxSessionOption(options);
        var used = OnnxDevice.ContextFor(mlContext);
        Assert.AreSame(options, used.GetOnnxSessionOption());
        Assert.AreEqual(_folder.Path, used.TempFilePath);
    }

    [TestMethod]
    [TestCategory("Cuda")]
    public void A_gpu_scores_as_the_cpu_does()
    {
        Gpu.Require(CudaDriver.Count() > 0);
        using var model = Load(new() { Device = "cuda" });
        Assert.AreEqual("cuda:0", model.Device);
        AssertAsOnTheCpu(model);
    }

    [TestMethod]
    [TestCategory("Cuda")]
    public void ONNX_Runtime_scores_on_a_gpu_as_on_the_cpu()
    {
        Gpu.Require(CudaDriver.Count() > 0);
        if (!OnnxDevice.HasGpu)
            Assert.Inconclusive("Skipped: this ONNX Runtime is the one for CPUs; -p:Rf3dOnnxRuntime=cuda builds the tests with the other one.");
        using var model = Load(new());
        Assert.AreEqual("cuda:0", model.Device);
        AssertAsOnTheCpu(model);
    }

    [TestMethod]
    [TestCategory("Cuda")]
    public void Libtorch_scores_on_a_gpu_as_ONNX_Runtime_on_the_cpu()
    {
        Gpu.Require(CudaDriver.Count() > 0);
        if (TorchRuntime.Check().Devices.Length < 2)
            Assert.Inconclusive("Skipped: libtorch can use no GPU here.");
        using var model = Load(new() { Network = model => model.ToTorch(gpu: 0) });
        AssertAsOnTheCpu(model);
    }

    private static void AssertAsOnTheCpu(Rf3dSavedModel model)
    {
        using var reference = Load(new() { Device = "cpu" });
        var images = new MLContext(1).Data.LoadDrawnShapes(100, seed: 7, size: 16).GetColumn<MLImage>("Image").ToList();
        var (expected, actual) = (reference.Predict(images).ToList(), model.Predict(images).ToList());
        Assert.HasCount(100, actual);
        for (var i = 0; i < images.Count; i++)
        {
            Assert.AreEqual(expected[i].PredictedLabel, actual[i].PredictedLabel, $"Image {i}");
            ScoringFixture.AssertClose([.. expected[i].Scores], [.. actual[i].Scores], 1e-3);
        }
        Assert.AreEqual(expected[3].Probability, model.Predict(images[3]).Probability, 1e-3);
    }

    private static Rf3dSavedModel Load(SavedModelOptions options)
    {
        using var stream = new MemoryStream(SavedModels.First);
        return Rf3dSavedModel.Load(new MLContext(), stream, options);
    }
}
