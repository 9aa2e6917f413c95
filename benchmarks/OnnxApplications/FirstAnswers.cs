using System.Diagnostics;

namespace Rf3d.Benchmarks;

/// <summary>Times and memory of one program, round by round.</summary>
/// <param name="FirstLine">Milliseconds from the start of the process to its first line.</param>
/// <param name="One">The largest resident memory with one image, in bytes.</param>
/// <param name="Many">The same with many.</param>
internal sealed record FirstAnswer(PublishedProgram Program, double[] FirstLine, double[] One, double[] Many);

/// <summary>Starts the programs in turns.</summary>
internal static class FirstAnswers
{
    public const int ManyImages = 100;

    public static IReadOnlyList<FirstAnswer> Measure(PublishedPrograms programs, string[] files, int rounds)
    {
        var results = programs.Consoles.Select(program => new FirstAnswer(program, new double[rounds], new double[rounds], new double[rounds])).ToList();
        // The first run of each reads its files from the disk.
        foreach (var result in results)
            Run(result.Program, files[..1]);
        for (var round = 0; round < rounds; round++)
        {
            for (var turn = 0; turn < results.Count; turn++)
            {
                var result = results[(round + turn) % results.Count];
                (result.FirstLine[round], result.One[round]) = Run(result.Program, files[..1]);
                (_, result.Many[round]) = Run(result.Program, files[..ManyImages]);
            }
        }
        return results;
    }

    private static (double FirstLine, long Peak) Run(PublishedProgram program, string[] files)
    {
        var start = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(program.Path, files) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var peak = 0L;
        var watch = new Thread(() =>
        {
            // The system forgets the figure with the process, and it never falls: the last sample is the peak but for the last millisecond.
            while (ProcessMemory.Peak(process.Id) is > 0 and var now)
            {
                peak = now;
                Thread.Sleep(1);
            }
        });
        watch.Start();
        process.StandardOutput.ReadLine();
        var first = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        watch.Join();
        return process.ExitCode == 0 ? (first, peak) : throw new InvalidOperationException($"{program.Title} failed with exit code {process.ExitCode}.");
    }
}
