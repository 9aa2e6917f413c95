using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Torch.Native;

[TestClass]
public class TorchNativeTests
{
    [TestMethod]
    public void TorchSharp_computes_once_the_libraries_are_loaded()
    {
        TorchNative.EnsureLoaded();

        using var sum = ones(2, 2).sum();
        Assert.AreEqual(4f, sum.item<float>());
    }

    [TestMethod]
    public void A_small_convolution_has_gradients()
    {
        TorchNative.EnsureLoaded();

        using var scope = NewDisposeScope();
        var image = ones(1, 1, 4, 4);
        var weight = ones(1, 1, 3, 3).requires_grad_();
        var output = nn.functional.conv2d(image, weight);
        output.sum().backward();

        Assert.AreEqual(36f, output.sum().item<float>());
        // Each of the nine weights meets the four positions of the output.
        CollectionAssert.AreEqual(Enumerable.Repeat(4f, 9).ToArray(), weight.grad!.data<float>().ToArray());
    }

    [TestMethod]
    public void Many_threads_may_ask_at_once()
    {
        Parallel.For(0, 64, _ => TorchNative.EnsureLoaded());
    }

    [TestMethod]
    public void Libraries_are_loaded_once_however_many_threads_ask()
    {
        using var folder = new TempFolder();
        var calls = 0;
        var loader = Loader(folder, file => Interlocked.Increment(ref calls));

        Parallel.For(0, 64, _ => loader.EnsureLoaded());
        var once = calls;
        loader.EnsureLoaded();

        Assert.AreEqual(OperatingSystem.IsLinux() ? 4 : 2, once);
        Assert.AreEqual(once, calls);
    }

    [TestMethod]
    public void A_failure_is_repeated_with_the_same_message_in_an_exception_of_its_own()
    {
        using var folder = new TempFolder();
        var calls = 0;
        var loader = new TorchNativeLoader
        {
            Folders = [folder.Path],
            LoadByName = name =>
            {
                calls++;
                throw new DllNotFoundException($"no {name}");
            },
        };

        var first = Assert.ThrowsExactly<DllNotFoundException>(loader.EnsureLoaded);
        var tried = calls;
        var second = Assert.ThrowsExactly<DllNotFoundException>(loader.EnsureLoaded);

        Assert.AreEqual(first.Message, second.Message);
        Assert.AreNotSame(first, second);
        Assert.AreEqual(tried, calls, "A failed attempt is not made again.");
    }

    [TestMethod]
    public void A_missing_backend_names_the_packages()
    {
        using var folder = new TempFolder();
        var loader = new TorchNativeLoader
        {
            Folders = [folder.Path],
            LoadByName = name => throw new DllNotFoundException($"no {name}"),
        };

        var message = Assert.ThrowsExactly<DllNotFoundException>(loader.EnsureLoaded).Message;

        foreach (var package in new[] { "TorchSharp-cpu", "TorchSharp-cuda-windows", "TorchSharp-cuda-linux" })
            StringAssert.Contains(message, package);
        foreach (var expected in new[] { "application must", folder.Path })
            StringAssert.Contains(message, expected);
    }

    [TestMethod]
    public void A_libtorch_outside_the_application_is_loaded_by_its_name()
    {
        using var folder = new TempFolder();
        var names = new List<string>();
        var loader = new TorchNativeLoader
        {
            Folders = [folder.Path],
            LoadByName = name =>
            {
                names.Add(name);
                return 1;
            },
        };

        loader.EnsureLoaded();

        CollectionAssert.AreEqual(
            OperatingSystem.IsLinux() ? new[] { "c10", "torch_cpu", "torch", "LibTorchSharp" } : new[] { "torch_cpu", "LibTorchSharp" },
            names);
    }

    [TestMethod]
    public void A_libtorch_that_does_not_load_says_why()
    {
        using var folder = new TempFolder();
        var reason = new DllNotFoundException("General advice:\nlibgomp is missing\n");
        var loader = Loader(folder, file => file.Contains("torch_cpu") ? throw reason : 1);

        var failure = Assert.ThrowsExactly<DllNotFoundException>(loader.EnsureLoaded);

        var message = failure.Message;
        StringAssert.EndsWith(message, "libgomp is missing");
        Assert.IsFalse(message.Contains("General advice"));
        StringAssert.StartsWith(failure.InnerException!.Message, "General advice");
        StringAssert.Contains(message, Path.Combine(folder.Path, FileName("torch_cpu")));
        Assert.IsFalse(message.Contains("TorchSharp-cpu"), "The backend is there.");
    }

    [TestMethod]
    public void Without_TorchSharps_own_library_the_error_names_the_file_and_the_architecture()
    {
        using var folder = new TempFolder();
        var loader = Loader(folder, file => 1, name => throw new DllNotFoundException($"no {name}"));
        File.Delete(Path.Combine(folder.Path, FileName("LibTorchSharp")));

        var message = Assert.ThrowsExactly<DllNotFoundException>(loader.EnsureLoaded).Message;

        StringAssert.Contains(message, FileName("LibTorchSharp"));
        StringAssert.Contains(message, RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant());
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Parts_of_CUDA_are_loaded_before_the_libraries_that_link_them()
    {
        using var folder = new TempFolder();
        var files = new List<string>();
        var loader = Loader(folder, file =>
        {
            files.Add(Path.GetFileName(file));
            return 1;
        });
        foreach (var name in new[] { "c10_cuda", "torch_cuda" })
            File.WriteAllBytes(Path.Combine(folder.Path, FileName(name)), []);

        loader.EnsureLoaded();

        CollectionAssert.AreEqual(
            new[] { "libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so", "libLibTorchSharp.so" }, files);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void An_older_system_library_gets_a_copy_that_is_kept()
    {
        using var folder = new TempFolder();
        var copies = Path.Combine(folder.Path, "copies");
        var loaded = new List<string>();

        OldSystem(folder, copies, loaded).EnsureLoaded();

        var copy = Directory.GetFiles(copies).Single();
        CollectionAssert.AreEqual(new[] { copy }, loaded);
        Assert.IsTrue(ElfVersionNeeds.TryWeaken(File.ReadAllBytes(TorchNativeFiles.LibTorchSharp), ["GLIBCXX_3.4.32"], out var expected));
        CollectionAssert.AreEqual(expected, File.ReadAllBytes(copy));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void A_library_that_uses_the_missing_version_is_not_patched()
    {
        using var folder = new TempFolder();
        var loaded = new List<string>();
        var system = Path.Combine(folder.Path, "older");
        File.WriteAllText(system, "\0GLIBCXX_3.4\0GLIBCXX_3.4.9\0");
        var loader = OldSystem(folder, Path.Combine(folder.Path, "copies"), loaded, findLibStdCxx: () => system);

        var message = Assert.ThrowsExactly<DllNotFoundException>(loader.EnsureLoaded).Message;

        StringAssert.Contains(message, "It cannot do without GLIBCXX_3.4.");
        StringAssert.Contains(message, "offers GLIBCXX_3.4.9 at most");
        Assert.AreEqual(0, loaded.Count);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [DataRow(null)]
    [DataRow("/proc/nowhere")]
    public void A_home_that_cannot_be_written_is_replaced_by_a_folder_that_does_not_stay(string? copies)
    {
        using var folder = new TempFolder();
        var loaded = new List<string>();

        OldSystem(folder, copies, loaded).EnsureLoaded();

        Assert.AreEqual(1, loaded.Count);
        Assert.IsFalse(File.Exists(loaded[0]));
        Assert.IsFalse(Directory.Exists(Path.GetDirectoryName(loaded[0])));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void A_version_that_stays_missing_is_named_with_the_remedy()
    {
        using var folder = new TempFolder();
        var loader = OldSystem(folder, Path.Combine(folder.Path, "copies"), [], copyLoads: false);

        var message = Assert.ThrowsExactly<DllNotFoundException>(loader.EnsureLoaded).Message;

        foreach (var expected in new[]
        {
            "libLibTorchSharp.so", "needs GLIBCXX_3.4.32,", "offers GLIBCXX_3.4.30 at most", "nothing runs here",
            "GCC 13.2", "Ubuntu 24.04", "LD_LIBRARY_PATH",
        })
            StringAssert.Contains(message, expected);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void When_the_system_library_cannot_be_found_the_error_of_the_linker_decides()
    {
        using var folder = new TempFolder();
        var loaded = new List<string>();
        var loader = OldSystem(folder, Path.Combine(folder.Path, "copies"), loaded, findLibStdCxx: () => null);

        loader.EnsureLoaded();

        Assert.AreEqual(1, loaded.Count);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Another_reason_makes_no_copy()
    {
        using var folder = new TempFolder();
        var copies = Path.Combine(folder.Path, "copies");
        var loader = Loader(folder, file => file.Contains("LibTorchSharp") ? throw new DllNotFoundException("undefined symbol") : 1);

        var message = Assert.ThrowsExactly<DllNotFoundException>(loader.EnsureLoaded).Message;

        StringAssert.Contains(message, "undefined symbol");
        StringAssert.Contains(message, FileName("LibTorchSharp"));
        Assert.IsFalse(Directory.Exists(copies));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void The_loaded_system_library_is_found_and_read()
    {
        var path = LibStdCxx.FindLoaded();

        Assert.IsNotNull(path);
        var versions = LibStdCxx.Versions(File.ReadAllBytes(path));
        Assert.AreEqual("GLIBCXX_3.4", versions[0]);
        CollectionAssert.Contains(versions.ToList(), "GLIBCXX_3.4.29", "Any libtorch needs at least this.");
        Assert.IsTrue(versions.ToList().IndexOf("GLIBCXX_3.4.9") < versions.ToList().IndexOf("GLIBCXX_3.4.11"), "Versions are numbers.");
    }

    // A folder with stand-ins for all libraries, so that only the order and the reactions to failures are at work.
    private static TorchNativeLoader Loader(TempFolder folder, Func<string, nint> load, Func<string, nint>? loadByName = null)
    {
        foreach (var name in new[] { "c10", "torch_cpu", "torch", "LibTorchSharp" })
            File.WriteAllBytes(Path.Combine(folder.Path, FileName(name)), []);
        return new TorchNativeLoader
        {
            Folders = [folder.Path],
            CopyFolder = Path.Combine(folder.Path, "copies"),
            LoadFile = load,
            LoadByName = loadByName ?? (_ => 1),
        };
    }

    // A system whose libstdc++ ends at 3.4.30, whatever this one's does.
    private static TorchNativeLoader OldSystem(
        TempFolder folder, string? copies, List<string> loadedCopies, bool copyLoads = true, Func<string?>? findLibStdCxx = null)
    {
        foreach (var name in new[] { "c10", "torch_cpu", "torch" })
            File.WriteAllBytes(Path.Combine(folder.Path, FileName(name)), []);
        var original = Path.Combine(folder.Path, FileName("LibTorchSharp"));
        File.Copy(TorchNativeFiles.LibTorchSharp, original);
        var system = Path.Combine(folder.Path, "libstdc++.so.6");
        File.WriteAllText(system, string.Concat(
            Enumerable.Range(1, 30).Select(i => $"\0GLIBCXX_3.4.{i}").Append("\0GLIBCXX_3.4\0GLIBCXX_DEBUG_MESSAGE_LENGTH\0")));

        return new TorchNativeLoader
        {
            Folders = [folder.Path],
            CopyFolder = copies,
            FindLibStdCxx = findLibStdCxx ?? (() => system),
            LoadByName = _ => 1,
            LoadFile = file =>
            {
                if (file == original)
                    throw new DllNotFoundException("libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by it)");
                if (file.Contains("LibTorchSharp"))
                {
                    if (!copyLoads)
                        throw new DllNotFoundException("nothing runs here");
                    Assert.IsTrue(File.Exists(file));
                    loadedCopies.Add(file);
                }

                return 1;
            },
        };
    }

    private static string FileName(string name) =>
        OperatingSystem.IsWindows() ? $"{name}.dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";
}
