using System.Diagnostics;

namespace Rf3d.Benchmarks;

/// <summary>A process that computes on one thread until it is disposed, or until the one that started it ends.</summary>
internal sealed class BusyProcess : IDisposable
{
    public const string Command = "busy-target";

    private readonly Process _process;

    public BusyProcess()
    {
        var start = OwnProcess.Start(Command);
        start.RedirectStandardInput = true;
        _process = Process.Start(start)!;
    }

    public static void Run()
    {
        var busy = new Thread(Spin) { IsBackground = true };
        busy.Start();
        // Its end is that of the process that started this one.
        Console.In.ReadToEnd();
    }

    // No pauses, as Thread.SpinWait has them: other work does without, too.
    private static void Spin()
    {
        for (var value = 1u; value != 0;)
            value = (value * 1_664_525) | 1;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
