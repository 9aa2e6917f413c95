using Microsoft.ML;
using Microsoft.ML.Runtime;
using TorchSharp;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>Where a network is trained, for machines with and without GPUs.</summary>
[TestClass]
public class DeviceChoiceTests
{
    [TestMethod]
    [DataRow("cpu", false, 2, null, DeviceType.CPU, -1, 0)]
    [DataRow("auto", false, 0, null, DeviceType.CPU, -1, 0)]
    [DataRow("auto", false, 2, null, DeviceType.CUDA, 0, 0)]
    [DataRow("auto", false, 2, 1, DeviceType.CUDA, 1, 0)]
    [DataRow("auto", false, 2, 2, DeviceType.CPU, -1, 1)]
    [DataRow("auto", true, 2, 1, DeviceType.CPU, -1, 1)]
    [DataRow("auto", true, 2, null, DeviceType.CPU, -1, 1)]
    [DataRow("auto", true, 0, null, DeviceType.CPU, -1, 0)]
    [DataRow("cuda", false, 2, null, DeviceType.CUDA, 0, 0)]
    [DataRow("cuda", false, 2, 1, DeviceType.CUDA, 0, 0)]
    [DataRow("cuda:1", false, 2, null, DeviceType.CUDA, 1, 0)]
    public void The_option_comes_first_then_the_context_then_the_machine(string requested, bool deterministic, int gpus, int? contextGpu, DeviceType type, int index, int warnings)
    {
        List<string> warned = [];
        var context = new MLContext { GpuDeviceId = contextGpu, FallbackToCpu = true };
        Assert.AreEqual((type, index), DeviceChoice.Choose(requested, deterministic, gpus, context, warned.Add));
        Assert.HasCount(warnings, warned);
    }

    [TestMethod]
    [DataRow("cuda:2", 2, "Device = \"cuda:2\" asks for a GPU that is not there: TorchSharp finds 2, counted from 0.")]
    [DataRow("cuda", 0, "Device = \"cuda\" asks for a GPU, but TorchSharp finds none.")]
    public void A_gpu_that_is_not_there_is_an_error(string requested, int gpus, string expected)
    {
        var error = Assert.ThrowsExactly<OptionConflictException>(() => DeviceChoice.Choose(requested, false, gpus, new MLContext(), message => Assert.Fail(message)));
        Assert.StartsWith(expected, error.Message);
    }
}
