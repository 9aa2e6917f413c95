using System.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Rf3d.Mutations;

/// <summary>A copy of the repository whose libraries are all mutants at once. The repository itself stays as it is.</summary>
internal sealed class MutatedCopy(string root, string folder)
{
    // Checks say whether a value is valid and hand nothing on; presets set values; candidates of experiments are trained by the same trainer.
    private static readonly string[] LeftOut =
        ["Rf3d.MLNet/Options/OptionsCheck.cs", "Rf3d.MLNet/Options/RecipeCheck.cs", "Rf3d.MLNet/Options/TrainingPresets.cs", "Rf3d.MLNet/Experiments/", "Rf3d.MLNet/Estimator/RunFingerprint.cs"];

    private static readonly Dictionary<string, string> Assemblies = new() { ["Rf3d.Planning"] = "Rf3d.Planning", ["Rf3d.MLNet"] = "Rf3d.MLNet", ["Rf3d.ModelBuilder"] = "rf3d" };

    public static IReadOnlyList<string> TestProjects { get; } = ["Rf3d.MLNet.Tests", "Rf3d.ModelBuilder.Tests"];

    public string Folder => folder;

    public IReadOnlyList<Mutant> Write()
    {
        List<Mutant> mutants = [];
        foreach (var file in Files())
        {
            var target = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Path.Combine(root, file), target, overwrite: true);
        }
        foreach (var (project, assembly) in Assemblies)
            Mutate(project, assembly, mutants);
        Inject("Mutant.cs", "Rf3d.Planning");
        foreach (var project in TestProjects)
            Inject("MutationLoop.cs", project);
        return mutants;
    }

    public void Build()
    {
        foreach (var project in TestProjects)
        {
            using var build = Process.Start(new ProcessStartInfo("dotnet", ["build", project, "-c", "Release", "-v", "q", "-p:TestExecutable=true", "-p:TreatWarningsAsErrors=false", "-p:RunAnalyzers=false", "-p:WarningLevel=0", "-nologo"]) { WorkingDirectory = folder })!;
            build.WaitForExit();
            if (build.ExitCode != 0)
                throw new InvalidOperationException($"The mutants in '{folder}' do not build.");
        }
    }

    private IEnumerable<string> Files()
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["ls-files", "-co", "--exclude-standard"]) { WorkingDirectory = root, RedirectStandardOutput = true })!;
        var files = git.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        git.WaitForExit();
        return files.Where(file => File.Exists(Path.Combine(root, file)));
    }

    private void Inject(string file, string project) => File.Copy(Path.Combine(AppContext.BaseDirectory, "Injected", file), Path.Combine(folder, project, file), overwrite: true);

    private void Mutate(string project, string assembly, List<Mutant> mutants)
    {
        var trees = Directory.EnumerateFiles(Path.Combine(root, project), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(root, path).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/Release/", StringComparison.Ordinal) || file.EndsWith("GlobalUsings.g.cs", StringComparison.Ordinal))
            .Where(file => !file.Contains("/obj/Debug/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(Path.Combine(root, file)), path: file))
            .ToList();
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileNameWithoutExtension(path) != assembly)
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(assembly, trees, references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
        foreach (var tree in trees.Where(tree => !tree.FilePath.Contains("/obj/", StringComparison.Ordinal) && !LeftOut.Any(tree.FilePath.StartsWith)))
        {
            var changed = new Mutator(compilation.GetSemanticModel(tree), tree.FilePath, mutants).Visit(tree.GetRoot());
            if (changed != tree.GetRoot())
                File.WriteAllText(Path.Combine(folder, tree.FilePath), changed.ToFullString());
        }
    }
}
