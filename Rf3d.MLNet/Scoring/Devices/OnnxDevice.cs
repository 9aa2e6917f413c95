using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;

namespace Rf3d.MLNet;

/// <summary>Where ML.NET's own copy of a network runs: <see cref="MLContext.GpuDeviceId"/>, which fails with ONNX Runtime's package for the CPU even where the context may fall back.</summary>
internal static class OnnxDevice
{
    /// <summary>The name of ONNX Runtime's provider for NVIDIA GPUs.</summary>
    public const string Cuda = "CUDAExecutionProvider";

    /// <summary>How an application gets ONNX Runtime for CUDA.</summary>
    public const string Remedy = "reference Microsoft.ML.OnnxRuntime.Gpu.Linux (on Windows Microsoft.ML.OnnxRuntime.Gpu.Windows) and set the MSBuild property Rf3dOnnxRuntime to cuda";

    /// <summary>Whether ONNX Runtime is built for CUDA.</summary>
    public static bool HasGpu => OrtEnv.Instance().GetAvailableProviders().Contains(Cuda);

    /// <returns>The context itself; or one without a GPU where there is none and it may fall back.</returns>
    /// <exception cref="InvalidOperationException">It asks for a GPU that ONNX Runtime does not have, and may not fall back.</exception>
    public static MLContext ContextFor(MLContext mlContext)
    {
        if (mlContext.GpuDeviceId is not { } gpu || HasGpu)
            return mlContext;
        return mlContext.FallbackToCpu
            ? new MLContext { TempFilePath = mlContext.TempFilePath, FallbackToCpu = true }
            : throw new InvalidOperationException(FormattableString.Invariant(
                $"GpuDeviceId is {gpu}, and the application's package of ONNX Runtime has no CUDA. Leave GpuDeviceId null, set FallbackToCpu, or {Remedy}."));
    }
}
