using System.Diagnostics;

namespace Rf3d.MLNet.Tests.Torchrun;

/// <summary>A Python with torch, if this machine has one.</summary>
internal static class Python
{
    private static readonly Lazy<string?> Found = new(Find);

    // As train.py imports it: torchvision that is there may be built for another torch.
    private static readonly Lazy<bool> HasTorchvision = new(() => Run(["-c", "from torchvision.io import ImageReadMode, read_image"]).ExitCode == 0);

    /// <summary>Skips the test where there is none.</summary>
    public static void Require()
    {
        if (Found.Value is null)
            Assert.Inconclusive("Skipped: there is no Python with torch (python3, /usr/bin/python3, or the one that RF3D_PYTHON names).");
    }

    /// <summary>Skips the test where that Python has no torchvision: train.py then reads all images by Pillow.</summary>
    public static void RequireTorchvision()
    {
        if (!HasTorchvision.Value)
            Assert.Inconclusive("Skipped: Python has no torchvision that can read images.");
    }

    /// <param name="arguments">Of Python.</param>
    /// <param name="onLine">Receives each line of standard output as it comes.</param>
    public static (int ExitCode, string Output, string Error) Run(IEnumerable<string> arguments, Action<Process, string>? onLine = null) => Run(Found.Value!, arguments, onLine);

    /// <summary>The process that torchrun started as a worker.</summary>
    /// <param name="torchrun">The process of torchrun.</param>
    /// <param name="rank">Which worker.</param>
    public static Process Worker(Process torchrun, int rank)
    {
        foreach (var folder in Directory.GetDirectories("/proc").Where(name => Path.GetFileName(name).All(char.IsAsciiDigit)))
        {
            try
            {
                var parent = File.ReadAllText(Path.Combine(folder, "stat")).Split(')')[^1].Split(' ')[2];
                if (parent == torchrun.Id.ToString(System.Globalization.CultureInfo.InvariantCulture) && File.ReadAllText(Path.Combine(folder, "environ")).Split('\0').Contains($"RANK={rank}"))
                    return Process.GetProcessById(int.Parse(Path.GetFileName(folder), System.Globalization.CultureInfo.InvariantCulture));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // A process that has just ended, or of another user.
            }
        }
        throw new AssertFailedException($"torchrun has no worker {rank}.");
    }

    private static string? Find()
    {
        string[] candidates = Environment.GetEnvironmentVariable("RF3D_PYTHON") is { Length: > 0 } named ? [named] : ["python3", "/usr/bin/python3"];
        return candidates.FirstOrDefault(candidate =>
        {
            try
            {
                return Run(candidate, ["-c", "import torch"], null).ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;
            }
        });
    }

    private static (int ExitCode, string Output, string Error) Run(string program, IEnumerable<string> arguments, Action<Process, string>? onLine)
    {
        var start = new ProcessStartInfo(program, arguments);
        (start.Environment["OMP_NUM_THREADS"], start.Environment["PYTHONDONTWRITEBYTECODE"]) = ("1", "1");
        return ChildProcess.Run(start, onLine);
    }
}
