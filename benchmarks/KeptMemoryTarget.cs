using System.Globalization;
using Rf3d.MLNet;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.Benchmarks;

/// <summary>
/// The test of <see cref="KeptMemory"/> starts this, because it takes the first thread of a process: steps that want large tensors, and how much
/// memory the process has after them.
/// </summary>
internal static class KeptMemoryTarget
{
    private const long Megabytes = 192;

    public static void Run()
    {
        Print("possible unasked", GlibcHeap.CanKeep());
        TorchRuntime.KeepMemory();
        Print("possible on this thread", GlibcHeap.CanKeep());
        var thread = new Thread(() => Print("possible on another thread", GlibcHeap.CanKeep()));
        thread.Start();
        thread.Join();
        FillAndFree();
        var before = Resident();
        PrintGrowth("unwatched");
        var memory = KeptMemory.For(CPU, TimeProvider.System);
        for (var step = 1; memory is { IsKept: false } && step <= 16; step++)
        {
            FillAndFree();
            memory.AfterStep();
        }
        FillAndFree();
        PrintGrowth("kept");
        memory?.Dispose();
        PrintGrowth("given back");
        FillAndFree();
        PrintGrowth("afterwards");
        // Each second one is free: the space between the others is a hole that glibc keeps.
        var pieces = Enumerable.Range(0, (int)Megabytes).Select(_ => ones(1 << 18)).ToList();
        for (var i = 0; i < pieces.Count; i += 2)
            pieces[i].Dispose();
        PrintGrowth("with holes");
        GlibcHeap.ReturnFree();
        PrintGrowth("holes returned");
        pieces.ForEach(piece => piece.Dispose());

        void PrintGrowth(string when) => Print(when, (Resident() - before).ToString(CultureInfo.InvariantCulture));
    }

    private static void Print<T>(string name, T value) => Console.WriteLine($"{name}: {value}");

    private static void FillAndFree() => ones(Megabytes << 18).Dispose();

    /// <returns>Megabytes.</returns>
    private static long Resident()
    {
        const string Label = "VmRSS:";
        var line = File.ReadLines("/proc/self/status").Single(text => text.StartsWith(Label, StringComparison.Ordinal));
        return long.Parse(line[Label.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) >> 10;
    }
}
