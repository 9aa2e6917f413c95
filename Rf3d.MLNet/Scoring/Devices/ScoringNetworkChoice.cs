using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Rf3d.MLNet;

/// <summary>Chooses the device and the library that compute the scores of a saved model.</summary>
internal sealed class ScoringNetworkChoice
{
    private static readonly OptionName Device = new(nameof(SavedModelOptions.Device));

    /// <summary>Makes a network that ONNX Runtime computes on a GPU, which is counted from 0.</summary>
    public required Func<int, IScoringNetwork> Onnx { get; init; }

    /// <summary>Makes a network that libtorch computes on a GPU, which is counted from 0.</summary>
    public required Func<int, IScoringNetwork> Torch { get; init; }

    /// <summary>Receives a warning where there is a GPU that cannot be used.</summary>
    public required Action<string> Warn { get; init; }

    /// <summary>Counts the GPUs that the driver knows.</summary>
    public Func<int> CountGpus { get; init; } = CudaDriver.Count;

    /// <summary>Says whether ONNX Runtime is built for CUDA.</summary>
    public Func<bool> OnnxHasCuda { get; init; } = () => OnnxDevice.HasGpu;

    /// <summary>Loads libtorch and lists its devices.</summary>
    public Func<TorchRuntimeReport> CheckTorch { get; init; } = TorchRuntime.Check;

    /// <param name="request">The option.</param>
    /// <param name="gpuOfContext">The GPU of the context; null for none.</param>
    /// <returns>The device as options name it, and its network; null for the CPU, whose network is made when it is used.</returns>
    /// <exception cref="OptionConflictException">A GPU is asked for and cannot be used.</exception>
    public (string Device, IScoringNetwork? Network) Choose(DeviceRequest request, int? gpuOfContext) => request switch
    {
        { IsAuto: true } => Best(gpuOfContext ?? 0),
        { Gpu: { } gpu } => Asked(request, gpu),
        _ => Cpu,
    };

    private static (string Device, IScoringNetwork? Network) Cpu => ("cpu", null);

    private static string NameOf(int gpu) => FormattableString.Invariant($"cuda:{gpu}");

    private (string Device, IScoringNetwork? Network) Best(int gpu)
    {
        // libtorch is not loaded to find out: it takes seconds and gigabytes, and an application that only predicts has none.
        if (!OnnxHasCuda() || gpu < 0 || gpu >= CountGpus())
            return Cpu;
        try
        {
            return (NameOf(gpu), Onnx(gpu));
        }
        catch (OnnxRuntimeException error)
        {
            Warn($"Images are scored on the CPU: ONNX Runtime cannot use {NameOf(gpu)}: {ForeignMessages.FirstLine(error)}.");
            return Cpu;
        }
    }

    private (string Device, IScoringNetwork? Network) Asked(DeviceRequest request, int gpu)
    {
        var (gpus, reasons, cause) = (CountGpus(), new List<string>(), (Exception?)null);
        if (gpu >= gpus)
        {
            reasons.Add(gpus == 0
                ? "This machine has no NVIDIA GPU that its driver can use."
                : FormattableString.Invariant($"NVIDIA's driver knows {gpus}, counted from 0."));
        }
        if (!OnnxHasCuda())
        {
            reasons.Add($"ONNX Runtime is the one for CPUs: {OnnxDevice.Remedy}.");
        }
        else if (gpu < gpus && Try(() => Onnx(gpu), "ONNX Runtime") is { } network)
        {
            return (NameOf(gpu), network);
        }
        if (gpu < gpus)
        {
            var report = CheckTorch();
            if (gpu >= report.Devices.Length - 1)
                reasons.Add(report.Findings.FirstOrDefault(one => one.Kind is not TorchFindingKind.OneDnnOff) is { } finding ? $"{finding.Message} {finding.Remedy}" : "libtorch finds no such GPU.");
            else if (Try(() => Torch(gpu), "libtorch") is { } network)
                return (NameOf(gpu), network);
        }
        throw new OptionConflictException($"{Device} = \"{request.Text}\" asks for a GPU that cannot be used. {string.Join(" ", reasons)} {Device} = \"cpu\" and \"auto\" score without one.", cause);

        IScoringNetwork? Try(Func<IScoringNetwork> make, string library)
        {
            try
            {
                return make();
            }
            // The types of ONNX Runtime and of TorchSharp for every error.
            catch (Exception error) when (error is OnnxRuntimeException or ExternalException)
            {
                cause = error;
                reasons.Add($"{library} cannot use it: {ForeignMessages.FirstLine(error)}.");
                return null;
            }
        }
    }
}
