using System.Diagnostics;
using System.Globalization;

namespace Rf3d.Benchmarks;

/// <summary>
/// A worker process. It reads one training per line from its input: several small trainings share a GPU so, each with random numbers of its own. The recipe,
/// and where the images are, is in its command line.
/// </summary>
internal sealed class PaperWorker : IPaperTrainer, IDisposable
{
    public const string Command = "paper-target";

    private readonly Process _process;

    public PaperWorker(string folder, PaperRecipe recipe)
    {
        var start = OwnProcess.Start(Command, "--data", folder, "--recipe", PaperResult.Write(recipe));
        (start.RedirectStandardInput, start.RedirectStandardOutput) = (true, true);
        _process = Process.Start(start)!;
    }

    /// <summary>The other side: runs the trainings that come in, and writes their results.</summary>
    public static void Run(IPaperTrainer trainer)
    {
        while (Console.In.ReadLine() is { } line)
        {
            Console.Out.WriteLine(trainer.Train(PaperResult.Read<PaperTraining>(line)).ToLine());
            Console.Out.Flush();
        }
    }

    /// <exception cref="InvalidOperationException">The process failed.</exception>
    public PaperResult Train(PaperTraining training)
    {
        _process.StandardInput.WriteLine(PaperResult.Write(training));
        _process.StandardInput.Flush();
        // Libraries may print, too.
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith('{'))
                return PaperResult.Read<PaperResult>(line);
        }
        _process.WaitForExit();
        throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The process that trained {training.Row}, seed {training.Seed}, ended with {_process.ExitCode}."));
    }

    public void Dispose()
    {
        // The end of its input is the end of its work; after a failure it may be in the middle of a training whose result is not needed.
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
            _process.Kill();
        _process.Dispose();
    }
}
