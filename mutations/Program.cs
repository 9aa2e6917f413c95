// Tries for each line that hands an option on whether a test fails when it does not: dotnet run --project mutations -c Release -- [FOLDER OF THE COPY]
// The table is docs/benchmarks/mutations.md. A run that was ended continues; it starts from the beginning in an empty folder.
using Rf3d.Mutations;

var root = Directory.GetCurrentDirectory();
var folder = Path.GetFullPath(args.FirstOrDefault(argument => !argument.StartsWith('-')) ?? Path.Combine(Path.GetTempPath(), "rf3d-mutations"));
var copy = new MutatedCopy(root, folder);
var mutants = copy.Write();
Console.WriteLine($"{mutants.Count} places hand an option on; the copy is '{folder}'.");
if (args.Contains("--list"))
{
    foreach (var mutant in mutants)
        Console.WriteLine($"{mutant.Number}\t{mutant.File}:{mutant.Line}\t{mutant.Option}\t{mutant.Text}");
    return;
}
if (!args.Contains("--no-build"))
    copy.Build();
var run = new MutationRun(folder, mutants);
if (!args.Contains("--table"))
    run.Run();
File.WriteAllText(Path.Combine(root, "docs", "benchmarks", "mutations.md"), MutationTable.Of(run.Results(), Path.Combine(root, "mutations", "equivalent.tsv")));
