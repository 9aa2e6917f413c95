using System.Diagnostics;
using System.Globalization;

namespace Rf3d.Benchmarks;

/// <summary>A control group of Linux, of version 1 or 2, that limits the processors' time of the processes in it. It takes the rights of an administrator.</summary>
internal sealed class CpuQuota : IDisposable
{
    private const int Period = 100_000;

    private readonly string _folder;

    private CpuQuota(string folder) => _folder = folder;

    /// <returns>The group, or null where none can be made.</returns>
    public static CpuQuota? Make(double processors)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"rf3d-benchmark-{Environment.ProcessId}");
        var quota = ((int)(processors * Period)).ToString(CultureInfo.InvariantCulture);
        foreach (var (root, file, value) in new[] { ("/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", quota), ("/sys/fs/cgroup", "cpu.max", $"{quota} {Period}") })
        {
            if (!Directory.Exists(root))
                continue;
            var group = new CpuQuota(Path.Combine(root, name));
            try
            {
                Directory.CreateDirectory(group._folder);
                File.WriteAllText(Path.Combine(group._folder, file), value);
                return group;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                group.Dispose();
            }
        }
        return null;
    }

    /// <summary>Makes a command start within the group: .NET reads its limits at the start.</summary>
    public void Wrap(ProcessStartInfo start)
    {
        string[] command = [start.FileName, .. start.ArgumentList];
        start.FileName = "/bin/sh";
        start.ArgumentList.Clear();
        foreach (var argument in (string[])["-c", "echo $$ > \"$0/cgroup.procs\"; exec \"$@\"", _folder, .. command])
            start.ArgumentList.Add(argument);
    }

    public void Dispose()
    {
        try
        {
            if (Directory.Exists(_folder))
                Directory.Delete(_folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{_folder} could not be removed: {error.Message}");
        }
    }
}
