using System.CommandLine;
using Microsoft.ML;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>The option --device of the commands that score images with a saved model.</summary>
internal sealed class DeviceOption
{
    private static readonly SavedModelOptions Defaults = new();

    public DeviceOption() => Option.Validators.Add(result =>
    {
        if (result.Tokens.Count == 1 && DeviceRequest.Find(result.Tokens[0].Value) is null)
            result.AddError($"--device is '{result.Tokens[0].Value}'; it must be auto, cpu, cuda, or cuda: and a number as in cuda:1.");
    });

    public Option<string> Option { get; } = new("--device")
    {
        HelpName = "DEVICE",
        Description = "Where to score: cpu, cuda or cuda:n; auto is a GPU if ONNX Runtime can use one, else the CPU. 'rf3d doctor' lists the devices.",
        DefaultValueFactory = _ => Defaults.Device,
    };

    /// <summary>Loads a model on the device.</summary>
    /// <exception cref="CommandException">The device cannot be used; the message says why.</exception>
    public Rf3dSavedModel Load(MLContext mlContext, string path, ParseResult arguments, UnknownOptions? unknown = null)
    {
        var device = arguments.GetValue(Option)!;
        if (GpuOf(device) is { } gpu && !OnnxDevice.HasGpu)
            RequireLibtorch(device, gpu);
        return Rf3dSavedModel.Load(mlContext, path, new()
        {
            Device = device,
            MinConfidence = unknown is null ? null : arguments.GetValue(unknown.MinConfidence),
            MinTypicality = unknown is null ? 0 : arguments.GetValue(unknown.MinTypicality),
        });
    }

    /// <summary>The number of the GPU that is asked for; null where none is.</summary>
    internal static int? GpuOf(string device) => DeviceRequest.Find(device)?.Gpu;

    /// <summary>The tool's ONNX Runtime is the one for CPUs: libtorch scores on a GPU, which the tool has to find first.</summary>
    private static void RequireLibtorch(string device, int gpu)
    {
        var report = TorchBackend.Check();
        if (gpu < report.Devices.Length - 1)
            return;
        var reason = report.Findings.FirstOrDefault(one => one.Kind is not TorchFindingKind.OneDnnOff) switch
        {
            { Kind: TorchFindingKind.LibtorchMissing } => "libtorch is not on this machine.",
            { } finding => finding.Message,
            _ => report.Devices.Length <= 1 ? "libtorch is the one for CPUs." : Numbers.Text($"libtorch finds {report.Devices.Length - 1}, counted from 0."),
        };
        throw new CommandException(
            $"--device {device} asks for a GPU that cannot be used. {reason} With an NVIDIA GPU, install its driver, then 'rf3d install-libtorch --backend cuda'; --device cpu and auto score without one.");
    }
}
