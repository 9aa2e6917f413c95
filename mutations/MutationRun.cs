using System.Diagnostics;
using System.Globalization;

namespace Rf3d.Mutations;

/// <summary>The result of a mutant: the first test that failed, or none of the tests that reach it.</summary>
internal sealed record Result(Mutant Mutant, string? Test, int Tried, int Reaching)
{
    public const int NotTried = -1;
}

/// <summary>Starts the test projects of the copy, whose <c>MutationLoop</c> goes through the mutants. A mutant that ends the process is noted, and the next one follows.</summary>
internal sealed class MutationRun(string folder, IReadOnlyList<Mutant> mutants)
{
    // Parts of the full names of the test classes that have to do with options.
    private static readonly string[] Classes =
    [
        ".Options.", ".Training.", ".Estimator.", ".Data.", ".Adaptation.", ".Audit.", ".Scoring.", ".Torchrun.", ".Optimization.", ".ReceptiveFields.", ".Golden.",
        "ModelBuilder.Tests.Commands.", ".Generation.", "ModelBuilder.Tests.Prediction.",
    ];

    public void Run()
    {
        File.WriteAllLines(Path.Combine(folder, "classes.txt"), Classes);
        foreach (var project in MutatedCopy.TestProjects)
        {
            File.WriteAllLines(Name("mutants", project), mutants.Where(mutant => mutant.TestProject == project).Select(mutant => $"{mutant.Number}\t{mutant.Option}"));
            for (var exitCode = -1; exitCode != 0;)
            {
                var traced = Lines("trace", project).Length;
                exitCode = Start(project);
                // A test that ends the process before there are mutants is left out from then on.
                if (!File.Exists(Name("current", project)) && Lines("trace", project).Length > traced)
                    continue;
                if (exitCode == 0 || !File.Exists(Name("current", project)))
                    break;
                var current = File.ReadAllText(Name("current", project));
                if (Lines("results", project).Any(line => line.StartsWith($"{current}\t", StringComparison.Ordinal)))
                    break;
                File.AppendAllText(Name("results", project), $"{current}\tthe process ends\t1\t1\n");
            }
        }
    }

    public IEnumerable<Result> Results()
    {
        var found = MutatedCopy.TestProjects.SelectMany(project => Lines("results", project)).Select(line => line.Split('\t')).ToDictionary(parts => Number(parts[0]));
        return mutants.Select(mutant => found.TryGetValue(mutant.Number, out var parts)
            ? new Result(mutant, parts[1].Length == 0 ? null : parts[1], Number(parts[2]), Number(parts[3]))
            : new Result(mutant, null, 0, Result.NotTried));
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private int Start(string project)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(project, "bin", "Release", "net10.0", $"{project}.dll"), "--filter", "FullyQualifiedName~MutationLoop"])
        {
            WorkingDirectory = folder,
            Environment = { ["RF3D_MUTATIONS"] = folder },
        })!;
        process.WaitForExit();
        return process.ExitCode;
    }

    private string Name(string name, string project) => Path.Combine(folder, $"{name}-{project}.tsv");

    private string[] Lines(string name, string project) => File.Exists(Name(name, project)) ? File.ReadAllLines(Name(name, project)) : [];
}
