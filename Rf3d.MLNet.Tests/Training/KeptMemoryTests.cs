using System.Globalization;
using Rf3d.MLNet.Tests.Examples;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training;

[TestClass]
public class KeptMemoryTests
{
    // Of 192 megabytes that come and go; other changes of the process are far smaller.
    private const int Much = 144, Little = 48;

    [TestMethod]
    public void Freed_memory_is_kept_while_it_is_worthwhile_and_returned_when_training_has_ended()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Inconclusive("Skipped: only glibc's heap can keep memory.");
        var (exitCode, output, error) = ExampleProcess.RunBenchmark("kept-memory-target");
        Assert.AreEqual(0, exitCode, output + error);
        var values = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(": ")).ToDictionary(pair => pair[0], pair => pair[1].Trim());
        Assert.AreEqual("False", values["possible unasked"]);
        Assert.AreEqual("False", values["possible on another thread"]);
        if (values["possible on this thread"] == "False")
            Assert.Inconclusive("Skipped: this system's allocator is not glibc's, or has settings of its own.");
        Assert.IsLessThan(Little, Megabytes("unwatched"), output);
        Assert.IsGreaterThan(Much, Megabytes("kept"), output);
        Assert.IsLessThan(Little, Megabytes("given back"), output);
        Assert.IsLessThan(Little, Megabytes("afterwards"), output);
        Assert.IsGreaterThan(Much, Megabytes("with holes"), output);
        Assert.IsLessThan(Much, Megabytes("holes returned"), output);

        int Megabytes(string when) => int.Parse(values[when], CultureInfo.InvariantCulture);
    }

    [TestMethod]
    // Four steps of MobileNet on photographs, and of ResNet18Slim.
    [DataRow(500_000L, 3.6, true)]
    [DataRow(2_000L, 0.7, false)]
    [DataRow(null, 1.0, false)]
    public void Keeping_memory_is_worthwhile_where_page_faults_take_a_share_of_the_time(long? faults, double seconds, bool expected) =>
        Assert.AreEqual(expected, KeptMemory.IsWorthwhile(faults, TimeSpan.FromSeconds(seconds)));

    [TestMethod]
    public void Page_faults_are_counted_where_the_system_tells()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Inconclusive("Skipped: only Linux tells.");
        var before = GlibcHeap.PageFaults();
        ones(64 << 18).Dispose();
        // 64 MB; a page may be larger than 4 KB where the system hands out huge ones.
        Assert.IsGreaterThanOrEqualTo(32, (GlibcHeap.PageFaults() - before)!.Value);
    }
}
