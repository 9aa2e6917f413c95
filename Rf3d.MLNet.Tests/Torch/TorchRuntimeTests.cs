using System.Runtime.InteropServices;
using Rf3d.MLNet.Tests.Torch.Native;

namespace Rf3d.MLNet.Tests.Torch;

[TestClass]
public class TorchRuntimeTests
{
    [TestMethod]
    public void The_report_lists_versions_folder_threads_and_devices()
    {
        var report = TorchRuntime.Check();
        Assert.IsTrue(report.IsAvailable);
        Assert.AreEqual(typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString(3), report.TorchSharpVersion);
        Assert.IsNotNull(report.Backend);
        Assert.IsTrue(Directory.Exists(report.LibtorchFolder));
        Assert.AreEqual(TorchSharp.torch.get_num_threads(), report.Threads);
        Assert.AreEqual("cpu", report.Devices[0].Name);
        Assert.IsGreaterThan(0, report.Devices[0].MemoryBytes);
        Assert.HasCount(1 + (TorchSharp.torch.cuda.is_available() ? TorchSharp.torch.cuda.device_count() : 0), report.Devices);
        foreach (var gpu in report.Devices.Skip(1))
        {
            Assert.StartsWith("cuda:", gpu.Name);
            Assert.IsGreaterThan(1L << 30, gpu.MemoryBytes);
            Assert.IsNotNull(gpu.ComputeCapability);
        }
        Assert.AreEqual(File.Exists("/proc/driver/nvidia/version") || CudaDriver.Version() is not null, !string.IsNullOrEmpty(report.GpuDriver), report.GpuDriver);
        if (OperatingSystem.IsLinux())
            Assert.StartsWith("GLIBCXX_", report.StandardLibraryVersion!);
    }

    [TestMethod]
    public void A_missing_libtorch_is_a_finding_and_no_exception()
    {
        using var folder = new TempFolder();
        var report = TorchRuntime.Check(new TorchNativeLoader { Folders = [folder.Path], LoadByName = name => throw new DllNotFoundException($"no {name}") });
        Assert.IsFalse(report.IsAvailable);
        Assert.AreEqual(TorchFindingKind.LibtorchMissing, report.Findings.Single().Kind);
        Assert.Contains("TorchSharp-cpu", report.Findings[0].Remedy);
        Assert.IsNull(report.Backend);
        Assert.IsEmpty(report.Devices);
    }

    [TestMethod]
    public void A_standard_library_that_cannot_be_read_is_named_without_its_version()
    {
        TorchNative.EnsureLoaded();
        using var folder = new TempFolder();
        // A folder is no file to read.
        var report = TorchRuntime.Check(new TorchNativeLoader { LoadFile = _ => 1, LoadByName = _ => 1, FindLibStdCxx = () => folder.Path });
        Assert.AreEqual(folder.Path, report.StandardLibraryPath);
        Assert.IsNull(report.StandardLibraryVersion);
        Assert.AreEqual("cpu", report.Devices[0].Name);
    }

    [TestMethod]
    public void Convolutions_that_end_with_an_error_are_a_finding_and_no_exception()
    {
        var isOff = false;
        var finding = TorchNative.VerifyConvolutions(
            () => isOff ? true : throw new ErrorOfLibtorch("could not create a primitive\nException raised from run"), () => isOff = true);
        Assert.AreEqual(TorchFindingKind.OneDnnOff, finding!.Kind);
        Assert.AreEqual(
            "On this machine convolutions on the CPU end with an error of libtorch: could not create a primitive. Without oneDNN they do not. It is turned off: training on the CPU is slower.", finding.Message);
        finding = TorchNative.VerifyConvolutions(() => throw new ErrorOfLibtorch("no memory"), () => true);
        Assert.AreEqual(TorchFindingKind.WrongConvolutions, finding!.Kind);
        Assert.AreEqual("On this machine convolutions on the CPU end with an error of libtorch: no memory.", finding.Message);
        var tries = 0;
        finding = TorchNative.VerifyConvolutions(() => ++tries == 1 ? false : throw new ErrorOfLibtorch("no memory"), () => true);
        Assert.Contains("computes wrong values", finding!.Message);
        Assert.EndsWith("The error of libtorch was: no memory", finding.Message);
        Assert.IsNull(TorchNative.VerifyConvolutions(() => true, () => throw new AssertFailedException("turned off")));
    }

    [TestMethod]
    public void Convolutions_that_end_with_an_error_once_are_tried_again_before_oneDNN_is_turned_off()
    {
        var tries = 0;
        Assert.IsNull(TorchNative.VerifyConvolutions(() => ++tries > 1 ? true : throw new ErrorOfLibtorch("no memory"), () => throw new AssertFailedException("turned off")));
    }

    [TestMethod]
    public void A_library_that_does_not_load_and_one_that_is_missing_are_distinguished()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder[NativeFiles.FileName("torch_cpu")], "");
        var broken = new TorchNativeLoader { Folders = [folder.Path], LoadFile = _ => throw new BadImageFormatException("no library"), LoadByName = _ => 1 };
        Assert.AreEqual(TorchFindingKind.LibraryNotLoadable, broken.Failure!.Kind);
        var absent = new TorchNativeLoader { Folders = [folder.Path], LoadFile = _ => 1, LoadByName = name => name == "LibTorchSharp" ? throw new DllNotFoundException(name) : 1 };
        Assert.AreEqual(TorchFindingKind.TorchSharpLibraryMissing, absent.Failure!.Kind);
    }

    private sealed class ErrorOfLibtorch(string message) : ExternalException(message);
}
