namespace Rf3d.MLNet.Tests.Torch.Native;

internal static class TorchNativeFiles
{
    /// <summary>The Linux library of the TorchSharp package, which the build deploys on every system.</summary>
    public static string LibTorchSharp { get; } =
        new[] { Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"), AppContext.BaseDirectory }
            .Select(folder => Path.Combine(folder, "libLibTorchSharp.so"))
            .First(File.Exists);
}
