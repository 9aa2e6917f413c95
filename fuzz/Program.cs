// Reads damaged files in child processes and reports the results: dotnet run --project fuzz -c Release -- KIND|all --count N --seed S
// Also: --from I (the first input; with --count 1 a single one again), --limit SECONDS (for one input), --output FILE (the report), --findings FOLDER (inputs that fail),
// --application FOLDER (for web: a generated application that was built, or a folder for it; without it one is made and deleted).
using System.Globalization;
using Rf3d.Fuzz;

if (args is [FuzzChild.Command, var childKind, var corpus, var work, var childSeed, var first, var end])
{
    FuzzChild.Run(FuzzKind.Named(childKind), corpus, work, ulong.Parse(childSeed, CultureInfo.InvariantCulture), Number(first), Number(end));
    return 0;
}
if (args.Length == 0 || args[0].StartsWith('-') || args.Length % 2 == 0)
{
    Console.Error.WriteLine($"Usage: KIND --count N --seed S [--from I] [--limit SECONDS] [--output FILE] [--findings FOLDER] [--application FOLDER]. KIND is all (but web) or one of {string.Join(", ", FuzzKind.All.Select(kind => kind.Name))}.");
    return 2;
}
var options = args.Skip(1).Chunk(2).ToDictionary(option => option[0], option => option[1]);
var (count, seed, from) = (Number(options.GetValueOrDefault("--count", "100")), ulong.Parse(options.GetValueOrDefault("--seed", "1"), CultureInfo.InvariantCulture), Number(options.GetValueOrDefault("--from", "0")));
var output = options.GetValueOrDefault("--output", Path.Combine("docs", "benchmarks", "fuzz.md"));
var findings = options.GetValueOrDefault("--findings", Path.Combine("fuzz", "findings"));
var limit = options.TryGetValue("--limit", out var seconds) ? TimeSpan.FromSeconds(Number(seconds)) : FuzzLimits.Input;
var failures = 0;
foreach (var kind in args[0] == "all" ? FuzzKind.All.Where(kind => kind.IsQuick) : [FuzzKind.Named(args[0])])
{
    var result = new FuzzRun(kind, seed, from, count, findings, limit, options.GetValueOrDefault("--application")).Run();
    FuzzReport.Add(output, result);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind.Name}: {count} inputs, {result.Successes.Values.Sum()} read, {result.Errors.Values.Sum()} refused, {result.Failures.Count} failures, longest {result.Longest:0.00} s, peak {result.PeakMemory / 1e6:0} MB, {result.Seconds:0.0} s"));
    failures += result.Failures.Count;
}
return failures == 0 ? 0 : 1;

static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
