using Microsoft.ML.OnnxRuntime;
using TorchSharp;

namespace Rf3d.MLNet.Tests.Scoring.Devices;

/// <summary>Where a model scores, on machines that are made up.</summary>
[TestClass]
public class ScoringNetworkChoiceTests
{
    private readonly List<string> _warnings = [];

    [TestMethod]
    [DataRow("cpu", null, 2, true, "cpu")]
    [DataRow("auto", null, 2, true, "cuda:0 by ONNX Runtime")]
    [DataRow("auto", 1, 2, true, "cuda:1 by ONNX Runtime")]
    [DataRow("auto", 2, 2, true, "cpu")]
    [DataRow("auto", -1, 2, true, "cpu")]
    [DataRow("auto", null, 0, true, "cpu")]
    [DataRow("auto", null, 2, false, "cpu")]
    [DataRow("cuda", 1, 2, true, "cuda:0 by ONNX Runtime")]
    [DataRow("cuda:1", null, 2, true, "cuda:1 by ONNX Runtime")]
    [DataRow("cuda", null, 2, false, "cuda:0 by libtorch")]
    [DataRow("cuda:1", null, 2, false, "cuda:1 by libtorch")]
    public void The_device_is_that_of_the_option_the_context_or_the_machine(string requested, int? gpuOfContext, int gpus, bool onnxHasCuda, string expected)
    {
        Assert.AreEqual(expected, Chosen(Machine(gpus, onnxHasCuda), requested, gpuOfContext));
        Assert.IsEmpty(_warnings);
    }

    [TestMethod]
    public void Libtorch_is_not_loaded_unless_a_gpu_is_there_and_asked_for()
    {
        Chosen(Machine(1, false, check: () => throw new InvalidOperationException("loaded")), "auto", null);
        Chosen(Machine(1, true, check: () => throw new InvalidOperationException("loaded")), "cuda", null);
        Assert.ThrowsExactly<OptionConflictException>(() => Chosen(Machine(0, false, check: () => throw new InvalidOperationException("loaded")), "cuda", null));
    }

    [TestMethod]
    public void A_gpu_that_ONNX_Runtime_fails_on_is_a_warning_or_the_business_of_libtorch()
    {
        Assert.AreEqual("cpu", Chosen(Machine(1, true, onnxFails: true), "auto", null));
        Assert.Contains("scored on the CPU: ONNX Runtime cannot use cuda:0: ", _warnings.Single());
        Assert.AreEqual("cuda:0 by libtorch", Chosen(Machine(1, true, onnxFails: true), "cuda", null));
    }

    [TestMethod]
    [DataRow(0, false, "no NVIDIA GPU", "Rf3dOnnxRuntime")]
    [DataRow(1, false, "Rf3dOnnxRuntime to cuda", "libtorch is built for CPUs. Reference another one.")]
    [DataRow(1, true, "ONNX Runtime cannot use it: ", "libtorch is built for CPUs.")]
    public void A_gpu_that_cannot_be_used_is_an_error_that_says_what_to_do(int gpus, bool onnxHasCuda, params string[] reasons)
    {
        var machine = Machine(gpus, onnxHasCuda, onnxFails: true, check: () => Report(0) with
        {
            Findings = [new() { Kind = TorchFindingKind.GpuNotUsed, Message = "libtorch is built for CPUs.", Remedy = "Reference another one." }],
        });
        var error = Assert.ThrowsExactly<OptionConflictException>(() => Chosen(machine, "cuda", null));
        Assert.StartsWith("Device = \"cuda\" asks for a GPU that cannot be used.", error.Message);
        foreach (var reason in reasons)
            Assert.Contains(reason, error.Message);
        Assert.StartsWith("--device = \"cuda\" asks", error.Text.Render(_ => "--device"));
    }

    [TestMethod]
    public void The_number_of_gpus_is_named_and_so_is_what_libtorch_says()
    {
        Assert.Contains("knows 2, counted from 0.", Assert.ThrowsExactly<OptionConflictException>(() => Chosen(Machine(2, true), "cuda:2", null)).Message);
        Assert.Contains("libtorch finds no such GPU", Assert.ThrowsExactly<OptionConflictException>(() => Chosen(Machine(2, false, check: () => Report(1)), "cuda:1", null)).Message);
        Assert.Contains("libtorch cannot use it: shape '[3]' is invalid for input of size 2. Device", Assert.ThrowsExactly<OptionConflictException>(() => Chosen(Machine(1, false, torchFails: true), "cuda", null)).Message);
    }

    [TestMethod]
    [DataRow("gpu")]
    [DataRow("")]
    [DataRow("CUDA")]
    [DataRow("cuda:")]
    [DataRow("cuda:1000")]
    [DataRow("cuda:-1")]
    [DataRow("cuda:1\n")]
    [DataRow(null)]
    public void Another_value_is_an_error_that_names_the_option_and_its_values(string? value)
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => DeviceRequest.Parse(value));
        Assert.StartsWith($"Device is {(value is null ? "null" : $"\"{value}\"")}; it must be \"auto\", \"cpu\", \"cuda\" or \"cuda:\"", error.Message);
    }

    private static string Chosen(ScoringNetworkChoice choice, string requested, int? gpuOfContext)
    {
        var (device, network) = choice.Choose(DeviceRequest.Parse(requested), gpuOfContext);
        return network is null ? device : $"{device} by {((FakeNetwork)network).Library}";
    }

    private static TorchRuntimeReport Report(int gpus) => new()
    {
        TorchSharpVersion = "1.0.0",
        Findings = [],
        Devices = [.. Enumerable.Range(-1, gpus + 1).Select(gpu => new TorchDevice { Name = gpu < 0 ? "cpu" : $"cuda:{gpu}", Description = "made up", MemoryBytes = 0 })],
    };

    private ScoringNetworkChoice Machine(int gpus, bool onnxHasCuda, bool onnxFails = false, bool torchFails = false, Func<TorchRuntimeReport>? check = null) => new()
    {
        Onnx = gpu =>
        {
            // Real errors, whose types are those of other libraries.
            if (onnxFails)
                new InferenceSession([1]).Dispose();
            return new FakeNetwork("ONNX Runtime");
        },
        Torch = gpu =>
        {
            if (torchFails)
                torch.zeros(2).reshape(3).Dispose();
            return new FakeNetwork("libtorch");
        },
        Warn = _warnings.Add,
        CountGpus = () => gpus,
        OnnxHasCuda = () => onnxHasCuda,
        CheckTorch = check ?? (() => Report(gpus)),
    };

    private sealed class FakeNetwork(string library) : IScoringNetwork
    {
        public string Library => library;

        public int BatchSize => 1;

        public float[] Score(Memory<float> pixels, int images) => [];

        public void Dispose()
        {
        }
    }
}
