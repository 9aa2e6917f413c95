using System.Diagnostics;
using System.Globalization;

namespace Rf3d.ModelBuilder.Tests.Commands;

/// <summary>Processes that the tool waits for, such as the build that fetches libtorch.</summary>
[TestClass]
public class LimitedProcessTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(3);

    [TestMethod]
    public void Output_and_exit_code_are_those_of_the_process()
    {
        using var process = Shell("echo one; echo two; exit 3");
        Assert.AreEqual(new LimitedProcess(3, "one\ntwo\n"), LimitedProcess.Wait(process, Long, CancellationToken.None));
    }

    [TestMethod]
    public void A_process_that_it_left_and_that_holds_its_output_is_not_waited_for()
    {
        using var folder = new TempFolder();
        using var process = Shell($"sleep 120 & echo $! > '{folder["id"]}'");
        Assert.AreEqual(0, LimitedProcess.Wait(process, Long, CancellationToken.None, grace: TimeSpan.Zero).ExitCode);
        using var left = Process.GetProcessById(int.Parse(File.ReadAllText(folder["id"]), CultureInfo.InvariantCulture));
        var isThere = !left.HasExited;
        left.Kill();
        Assert.IsTrue(isThere, "It was waited for.");
    }

    [TestMethod]
    public void A_process_that_takes_too_long_is_ended_and_so_is_one_that_is_cancelled()
    {
        using var slow = Shell("sleep 120");
        Assert.IsNull(LimitedProcess.Wait(slow, TimeSpan.Zero, CancellationToken.None).ExitCode);
        Assert.IsTrue(slow.HasExited);
        using var cancelled = Shell("sleep 120");
        Assert.ThrowsExactly<OperationCanceledException>(() => LimitedProcess.Wait(cancelled, Long, new CancellationToken(canceled: true)));
        Assert.IsTrue(cancelled.HasExited);
    }

    private static Process Shell(string script)
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("The scripts are for a shell of Unix.");
        return Process.Start(new ProcessStartInfo("sh", ["-c", script]) { RedirectStandardOutput = true })!;
    }
}
