using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Rf3d.ModelBuilder.Tests.Generation;

/// <summary>Generated code that is compiled within the tests' process, with the libraries that the tests have: faster than a build of its project.</summary>
internal static class CompiledCode
{
    /// <summary>The usings that each file of a console application has without naming them.</summary>
    public const string Usings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    private static readonly Lazy<MetadataReference[]> References = new(() => [.. Libraries.Select(path => MetadataReference.CreateFromFile(path))]);

    /// <summary>The files of the libraries.</summary>
    public static IEnumerable<string> Libraries => ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);

    /// <summary>Sources as a console application.</summary>
    public static CSharpCompilation Of(string name, IEnumerable<string> sources, IEnumerable<MetadataReference> references) => CSharpCompilation.Create(
        name,
        sources.Select(source => CSharpSyntaxTree.ParseText(source)),
        references,
        new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));

    /// <summary>The class of a generated application with its training and evaluation, loaded into this process.</summary>
    /// <param name="folder">The generated folder.</param>
    /// <param name="name">The model's name.</param>
    public static Type TrainingClass(string folder, string name) => Class(folder, name, "Training", $"{name}.training.cs", $"{name}.evaluate.cs");

    /// <summary>The class of a generated application with its predictions, loaded into this process.</summary>
    /// <param name="folder">The generated folder.</param>
    /// <param name="name">The model's name.</param>
    public static Type ConsumptionClass(string folder, string name) => Class(folder, name, "ConsoleApp", $"{name}.consumption.cs");

    private static Type Class(string folder, string name, string project, params string[] parts)
    {
        string[] files = [.. parts, $"{name}.support.cs", Path.Combine($"{name}_{project}", "Program.cs")];
        var compilation = Of($"{name}_{project}", files.Select(path => File.ReadAllText(Path.Combine(folder, path))).Append(Usings), References.Value);
        // Warnings about null count: users build with warnings as errors, too.
        var problems = compilation.GetDiagnostics()
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error || diagnostic.Id.StartsWith("CS86", StringComparison.Ordinal))
            .Select(diagnostic => diagnostic.ToString()).ToList();
        Assert.IsEmpty(problems, string.Join('\n', problems.Take(3)));
        using var binary = new MemoryStream();
        Assert.IsTrue(compilation.Emit(binary).Success);
        return Assembly.Load(binary.ToArray()).GetType($"{name}Classifier.{ModelName.ClassOf(name)}", throwOnError: true)!;
    }
}
