using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Rf3d.Mutations;

/// <summary>
/// In the copy, part of each test project: runs its tests once as they are and notes which places they come past; then, for each mutant, the tests that come past it until
/// one fails. A test that fails must pass again without the mutant. All in one process, since starting one takes longer than most tests.
/// </summary>
[TestClass]
public sealed class MutationLoop
{
    private const int LongestTestSeconds = 100;

    private static readonly string Folder = Environment.GetEnvironmentVariable("RF3D_MUTATIONS") ?? "";
    private static readonly double MostSeconds = double.Parse(Environment.GetEnvironmentVariable("RF3D_MUTATIONS_SECONDS") ?? "60", CultureInfo.InvariantCulture);
    private static readonly string[] First = (Environment.GetEnvironmentVariable("RF3D_MUTATIONS_FIRST") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);
    private static readonly string Project = typeof(MutationLoop).Assembly.GetName().Name!;
    private static readonly HashSet<Type> Initialized = [];

    private sealed record Row(MethodInfo Method, object?[]? Arguments, string Name);

    private sealed record Traced(string Name, double Seconds, bool Passed, HashSet<int> Reached);

    private static string File(string name) => Path.Combine(Folder, $"{name}-{Project}.tsv");

    [TestMethod]
    public void Run()
    {
        var rows = Classes().SelectMany(Rows).GroupBy(row => row.Name).ToDictionary(group => group.Key, group => group.First());
        var traces = Trace(rows.Values).ToList();
        var done = Lines("results").Select(line => int.Parse(line.Split('\t')[0], CultureInfo.InvariantCulture)).ToHashSet();
        foreach (var mutant in System.IO.File.ReadLines(File("mutants")).Select(line => line.Split('\t')))
        {
            var number = int.Parse(mutant[0], CultureInfo.InvariantCulture);
            if (done.Contains(number))
                continue;
            System.IO.File.WriteAllText(File("current"), mutant[0]);
            var (test, tried, reaching) = Try(number, mutant[1], traces, rows);
            System.IO.File.AppendAllText(File("results"), $"{number}\t{test}\t{tried}\t{reaching}\n");
        }
    }

    private static IEnumerable<Type> Classes() => typeof(MutationLoop).Assembly.GetTypes()
        .Where(type => type.GetCustomAttribute<TestClassAttribute>() is not null && type != typeof(MutationLoop))
        .Where(type => System.IO.File.ReadLines(Path.Combine(Folder, "classes.txt")).Any(part => $"{type.FullName}.".Contains(part, StringComparison.Ordinal)));

    private static IEnumerable<Row> Rows(Type type)
    {
        foreach (var method in type.GetMethods().Where(method => method.GetCustomAttribute<TestMethodAttribute>() is not null))
        {
            var name = $"{type.Name}.{method.Name}";
            var sources = method.GetCustomAttributes().OfType<ITestDataSource>().ToList();
            if (sources.Count == 0)
            {
                yield return new(method, null, name);
                continue;
            }
            foreach (var arguments in sources.SelectMany(source => source.GetData(method)))
                yield return new(method, arguments, $"{name}({string.Join(", ", arguments.Select(argument => Convert.ToString(argument, CultureInfo.InvariantCulture)))})".Replace('\t', ' ').Replace('\n', ' '));
        }
    }

    private static IEnumerable<Traced> Trace(IEnumerable<Row> rows)
    {
        var known = Lines("trace").Select(line => line.Split('\t')).ToDictionary(
            parts => parts[0],
            parts => new Traced(parts[0], double.Parse(parts[1], CultureInfo.InvariantCulture), parts[2] == "True", [.. parts[3].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(number => int.Parse(number, CultureInfo.InvariantCulture))]));
        foreach (var row in rows)
        {
            if (!known.TryGetValue(row.Name, out var traced))
            {
                // Where the process ends in it, it is not tried again.
                System.IO.File.AppendAllText(File("trace"), $"{row.Name}\t0\tFalse\t\n");
                Mutant.Reached = [];
                var start = Stopwatch.GetTimestamp();
                var error = Error(row);
                traced = new(row.Name, Stopwatch.GetElapsedTime(start).TotalSeconds, error is null, [.. Mutant.Reached.Keys]);
                Mutant.Reached = null;
                var before = Lines("trace").SkipLast(1);
                System.IO.File.WriteAllLines(File("trace"), before.Append(string.Create(CultureInfo.InvariantCulture, $"{row.Name}\t{traced.Seconds:0.000}\t{traced.Passed}\t{string.Join(',', traced.Reached)}")));
                if (error is not null)
                    System.IO.File.AppendAllText(File("failed"), $"{row.Name}\t{error.ReplaceLineEndings(" ")}\n");
            }
            yield return traced;
        }
    }

    private static (string? Test, int Tried, int Reaching) Try(int number, string option, List<Traced> traces, Dictionary<string, Row> rows)
    {
        var reaching = traces.Where(trace => trace.Passed && trace.Reached.Contains(number))
            .OrderBy(trace => Rank(trace, option))
            .ThenBy(trace => trace.Seconds < 0.3 ? trace.Reached.Count : trace.Seconds)
            .ToList();
        var start = Stopwatch.GetTimestamp();
        var tried = 0;
        foreach (var trace in reaching)
        {
            if (Stopwatch.GetElapsedTime(start).TotalSeconds > MostSeconds)
                break;
            tried++;
            Mutant.Active = number;
            Environment.SetEnvironmentVariable("RF3D_MUTANT", $"{number}");
            var error = Error(rows[trace.Name]);
            Mutant.Active = 0;
            Environment.SetEnvironmentVariable("RF3D_MUTANT", "0");
            if (error is not null && Error(rows[trace.Name]) is null)
                return (trace.Name, tried, reaching.Count);
        }
        return (null, tried, reaching.Count);
    }

    // Tests of the option, then requested tests, quick tests, the tests of every option, and the rest.
    private static int Rank(Traced test, string option) =>
        test.Name.Contains($"({option})", StringComparison.OrdinalIgnoreCase) || test.Name.Contains($"(--{option})", StringComparison.OrdinalIgnoreCase) ? 0
        : First.Any(part => test.Name.StartsWith(part, StringComparison.Ordinal)) ? 1
        : test.Name.StartsWith("EveryOptionTests", StringComparison.Ordinal) ? 3
        : test.Seconds < 0.3 ? 2 : 4;

    /// <summary>Null where it passes.</summary>
    private static string? Error(Row row)
    {
        string? error = null;
        var thread = new Thread(() => error = Run(row), 16 << 20);
        thread.Start();
        // In steps: while the whole process is paused, the time of a test does not run out.
        for (var second = 0; !thread.Join(TimeSpan.FromSeconds(1)); second++)
        {
            if (second > LongestTestSeconds)
                Environment.FailFast($"{row.Name} hangs.");
        }
        return error;
    }

    private static string? Run(Row row)
    {
        try
        {
            var type = row.Method.DeclaringType!;
            if (Initialized.Add(type))
                type.GetMethods().FirstOrDefault(method => method.GetCustomAttribute<ClassInitializeAttribute>() is not null)?.Invoke(null, [null]);
            var instance = Activator.CreateInstance(type)!;
            try
            {
                var result = row.Method.Invoke(instance, row.Arguments);
                (result as Task)?.GetAwaiter().GetResult();
            }
            finally
            {
                (instance as IDisposable)?.Dispose();
            }
            return null;
        }
        catch (Exception error)
        {
            var cause = error is TargetInvocationException { InnerException: { } inner } ? inner : error;
            return $"{cause.GetType().Name}: {cause.Message}";
        }
    }

    private static string[] Lines(string name) => System.IO.File.Exists(File(name)) ? System.IO.File.ReadAllLines(File(name)) : [];
}
