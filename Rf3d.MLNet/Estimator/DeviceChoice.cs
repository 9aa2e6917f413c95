using System.Globalization;
using Microsoft.ML.Runtime;
using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>The device that a network is trained on: the one of the options, or one that context and machine offer.</summary>
internal static class DeviceChoice
{
    private static readonly OptionName Device = new(nameof(Rf3dImageClassificationTrainer.Options.Device));
    private static readonly OptionName Deterministic = new(nameof(Rf3dImageClassificationTrainer.Options.Deterministic));
    private static readonly (DeviceType, int) Cpu = (DeviceType.CPU, -1);

    /// <param name="requested">"auto", "cpu", "cuda" or "cuda:n".</param>
    /// <param name="deterministic">Whether the same seed has to train the same weights, which keeps "auto" from taking a GPU.</param>
    /// <param name="environment">Has the context's GpuDeviceId and FallbackToCpu.</param>
    /// <param name="warn">Receives a warning where a GPU is asked for, or there, and not used.</param>
    /// <exception cref="OptionConflictException">A GPU is asked for that is not there.</exception>
    public static torch.Device Choose(string requested, bool deterministic, IHostEnvironment environment, Action<string> warn)
    {
        var (type, index) = Choose(requested, deterministic, torch.cuda.is_available() ? torch.cuda.device_count() : 0, environment, warn);
        return type == DeviceType.CPU ? torch.CPU : new torch.Device(type, index);
    }

    /// <summary>The same where the number of GPUs is known. The index of the CPU is -1.</summary>
    internal static (DeviceType Type, int Index) Choose(string requested, bool deterministic, int gpus, IHostEnvironment environment, Action<string> warn)
    {
        switch (requested)
        {
            case "cpu":
                return Cpu;
            case "auto" when deterministic:
                var reason = OptionText.Of($"{Deterministic} is true, and TorchSharp cannot ask a GPU for deterministic algorithms.");
                var isWanted = MLNetInternals.GetGpuDeviceId(environment) is not null;
                if (isWanted && !MLNetInternals.GetFallbackToCpu(environment))
                    throw new OptionConflictException($"GpuDeviceId is set and FallbackToCpu is false, so nothing was trained: {reason} Set {Device} to \"cpu\", or {Deterministic} to false.");
                if (isWanted || gpus > 0)
                    warn($"Training on the CPU: {reason}");
                return Cpu;
            case "auto" when MLNetInternals.GetGpuDeviceId(environment) is { } id:
                if (id >= 0 && id < gpus)
                    return (DeviceType.CUDA, id);
                var absent = Absent(OptionText.Of($"GpuDeviceId = {id}"), gpus);
                if (!MLNetInternals.GetFallbackToCpu(environment))
                    throw new OptionConflictException($"{absent} FallbackToCpu is false, so nothing was trained.");
                warn($"{absent} Training on the CPU, since FallbackToCpu is true.");
                return Cpu;
            case "auto":
                return gpus > 0 ? (DeviceType.CUDA, 0) : Cpu;
            default:
                var index = requested.Contains(':', StringComparison.Ordinal) ? int.Parse(requested.AsSpan(5), CultureInfo.InvariantCulture) : 0;
                return index < gpus
                    ? (DeviceType.CUDA, index)
                    : throw new OptionConflictException($"{Absent(OptionText.Of($"{Device} = \"{requested}\""), gpus)} Use {Device} = \"auto\" or \"cpu\" to train without.");
        }
    }

    private static OptionText Absent(OptionText setting, int gpus) => gpus == 0
        ? OptionText.Of($"{setting} asks for a GPU, but TorchSharp finds none. The application must reference TorchSharp-cuda-windows or TorchSharp-cuda-linux, and the machine needs an NVIDIA GPU with its driver.")
        : OptionText.Of($"{setting} asks for a GPU that is not there: TorchSharp finds {gpus}, counted from 0.");
}
