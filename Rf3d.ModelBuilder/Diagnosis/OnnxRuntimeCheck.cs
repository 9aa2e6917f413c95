using Microsoft.ML.OnnxRuntime;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>Lists the devices of ONNX Runtime, and says where images are scored.</summary>
internal static class OnnxRuntimeCheck
{
    /// <param name="torch">The devices of libtorch; null if it cannot be loaded.</param>
    public static Finding Run(TorchRuntimeReport? torch)
    {
        try
        {
            return Of(OrtEnv.Instance().GetVersionString(), OrtEnv.Instance().GetAvailableProviders(), ProblemOfCuda, torch);
        }
        catch (Exception error) when (error is DllNotFoundException or TypeInitializationException or EntryPointNotFoundException)
        {
            return new("ONNX Runtime", Verdict.Bad, $"does not load: {(error.InnerException ?? error).Message}", RemedyFor(NativeFiles.Platform()));
        }
    }

    /// <param name="platform">The runtime identifier, such as linux-x64.</param>
    internal static string RemedyFor(string platform) => platform switch
    {
        "win-x64" or "win-arm64" => "Install the Visual C++ 2015-2022 redistributable.",
        "linux-x64" or "linux-arm64" => "It needs glibc 2.27 and libstdc++; on Alpine it has no build.",
        "osx-arm64" => "Update macOS if the message says that the library was built for a newer one.",
        "osx-x64" => "It has no build for Intel processors under macOS. On a Mac with an Apple processor install .NET for Arm64.",
        _ => $"It has no build for {platform}.",
    };

    /// <param name="version">Version of ONNX Runtime.</param>
    /// <param name="providers">The names of its providers.</param>
    /// <param name="problemOfCuda">Tries the provider of CUDA; null if it can be used.</param>
    /// <param name="torch">The devices of libtorch; null if it cannot be loaded.</param>
    internal static Finding Of(string version, IReadOnlyList<string> providers, Func<string?> problemOfCuda, TorchRuntimeReport? torch)
    {
        var has = $"{version}: {string.Join(", ", providers)}";
        var hasLibtorch = torch?.Devices.Length > 1;
        if (!providers.Contains(OnnxDevice.Cuda))
            return new("ONNX Runtime", Verdict.Good, $"{has}; images are scored on the CPU{(hasLibtorch ? ", with --device cuda by libtorch on the GPU" : "")}");
        return problemOfCuda() is { } problem
            ? new("ONNX Runtime", Verdict.Note, $"{has}; images are scored on the CPU, since CUDA cannot be used: {problem}", "Install NVIDIA's driver, CUDA and cuDNN in the versions that this ONNX Runtime was built for.")
            : new("ONNX Runtime", Verdict.Good, $"{has}; images are scored on the GPU");
    }

    private static string? ProblemOfCuda()
    {
        try
        {
            using var options = new SessionOptions();
            options.AppendExecutionProvider_CUDA(0);
            return null;
        }
        catch (OnnxRuntimeException error)
        {
            return ForeignMessages.FirstLine(error);
        }
    }
}
