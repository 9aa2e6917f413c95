using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>The processors that a process may use (its affinity), and the cores that they are part of.</summary>
/// <param name="Processors">Their numbers.</param>
/// <param name="Cores">Cores: with simultaneous multithreading there are fewer than processors.</param>
internal sealed record ProcessorSet(IReadOnlySet<int> Processors, int Cores)
{
    private const string Label = "Cpus_allowed_list:";

    // Where one of these has a value, the user chose.
    private static readonly string[] Variables = ["OMP_NUM_THREADS", "MKL_NUM_THREADS"];

    /// <summary>Of this process; null where the system does not tell.</summary>
    public static ProcessorSet? OfThisProcess()
    {
        try
        {
            var line = File.ReadLines("/proc/self/status").FirstOrDefault(text => text.StartsWith(Label, StringComparison.Ordinal));
            return line is null || Parse(line[Label.Length..]) is not { Count: > 0 } processors ? null : new(processors, processors.Select(Siblings).Distinct().Count());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>Numbers and ranges of them, as in "0-2,5".</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static IReadOnlySet<int> Parse(string list)
    {
        HashSet<int> processors = [];
        foreach (var range in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var ends = range.Split('-');
            var (first, last) = (Number(ends[0]), Number(ends[^1]));
            processors.UnionWith(Enumerable.Range(first, last - first + 1));
        }
        return processors;

        static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <summary>Whether a number of threads is libtorch's own choice: one for each core, or for each processor where it is built without MKL. Any other number is the user's.</summary>
    public bool IsDefault(int threads) =>
        (threads == Cores || threads == Processors.Count) && Variables.All(name => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)));

    private static string Siblings(int processor)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/sys/devices/system/cpu/cpu{processor}/topology/thread_siblings_list");
        return File.Exists(path) ? File.ReadAllText(path) : path;
    }
}
