using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Onnx;

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
            ? ContextLike(mlContext, mlContext.TempFilePath, gpu: null)
            : throw new InvalidOperationException(FormattableString.Invariant(
                $"GpuDeviceId is {gpu}, and the application's package of ONNX Runtime has no CUDA. Leave GpuDeviceId null, set FallbackToCpu, or {Remedy}."));
    }

    /// <summary>A context of its own that runs networks with the session options of another, and may always run them on the CPU.</summary>
    /// <param name="environment">The other context.</param>
    /// <param name="temporary">The folder of temporary files.</param>
    /// <param name="gpu">The GPU, counted from 0; null for the CPU.</param>
    public static MLContext ContextLike(IHostEnvironment environment, string temporary, int? gpu)
    {
        var mlContext = new MLContext { TempFilePath = temporary, GpuDeviceId = gpu, FallbackToCpu = true };
        if (environment.GetOnnxSessionOption() is { } options)
            mlContext.SetOnnxSessionOption(options);
        return mlContext;
    }
}
