using System.Diagnostics;
using System.Numerics;
using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>
/// While a network trains on a CPU, tells glibc to reuse freed tensor memory instead of returning it to the system, which zeroes it page by page at the next step: up to half of
/// the time of a network with large tensors. Only where the application allows it (<see cref="TorchRuntime.KeepMemory"/>).
/// </summary>
/// <remarks>
/// Kept memory lies in pieces, so that a training may need up to two thirds more of it. Therefore steps are watched first: there must be time to
/// win, and as much free memory as the process has ever had. The setting belongs to the whole process; it, and the memory, go back when training ends.
/// Results are the same.
/// </remarks>
internal sealed class KeptMemory : IDisposable
{
    // Two trainings of MobileNet on photographs took 40.8 and 23.8 seconds, with 11.3 and 1.7 million faults on two threads. Counted are this thread's, whose
    // share of its time is that of the others that compute; those that decode images are no matter here.
    private const double SecondsPerFault = 3e-6;
    private const int FirstStep = 4;

    // MobileNet on images of 32×32 has 0.05 to 0.1, and gains 5 to 16 %.
    private const double WorthwhileShare = 0.04;

    private readonly TimeProvider _clock;
    private int _steps;
    private long _start;
    private long? _faults;

    private KeptMemory(TimeProvider clock) => _clock = clock;

    public bool IsKept { get; private set; }

    /// <returns>Observes the steps of a training; null if there is nothing to decide.</returns>
    public static KeptMemory? For(torch.Device device, TimeProvider clock) => device.type == DeviceType.CPU && GlibcHeap.CanKeep() ? new(clock) : null;

    /// <summary>To be called after each step, on the thread that trains.</summary>
    public void AfterStep()
    {
        // From the fourth to the eighth, to the sixteenth, and so on: the first compile kernels and let the heap grow, and little is asked of the system.
        if (IsKept || ++_steps < FirstStep || !BitOperations.IsPow2(_steps))
            return;
        var (start, faults) = (_start, _faults);
        (_start, _faults) = (_clock.GetTimestamp(), GlibcHeap.PageFaults());
        if (_steps == FirstStep || !IsWorthwhile(_faults - faults, _clock.GetElapsedTime(start, _start)) || !HasRoom())
            return;
        GlibcHeap.Keep();
        IsKept = true;
    }

    /// <summary>Whether pages take a share of the time that is worth the memory.</summary>
    public static bool IsWorthwhile(long? faults, TimeSpan time) => faults * SecondsPerFault > WorthwhileShare * time.TotalSeconds;

    public void Dispose()
    {
        if (IsKept)
            GlibcHeap.GiveBack();
        IsKept = false;
    }

    private static bool HasRoom()
    {
        using var process = Process.GetCurrentProcess();
        return FreeMemory.Bytes() > process.PeakWorkingSet64;
    }
}
