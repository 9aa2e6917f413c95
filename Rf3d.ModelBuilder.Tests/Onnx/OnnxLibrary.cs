using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Onnx;

/// <summary>The generated library, compiled within this process. It has another name than its classes at compile time, so they are called by reflection.</summary>
internal static class OnnxLibrary
{
    public const string Usings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    private static readonly Lazy<Assembly> Compiled = new(Compile);

    /// <summary>The assemblies that generated code may use: none of ours, and none of ML.NET.</summary>
    public static MetadataReference[] References { get; } =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var file && (file.StartsWith("System.", StringComparison.Ordinal) || file.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal)
                || file.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) || file is "netstandard.dll" or "Microsoft.ML.OnnxRuntime.dll" or "SkiaSharp.dll" or "Microsoft.Win32.Primitives.dll"))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>Loads the classifier.</summary>
    public static Classifier Load(string path, long? maxPixels = null, float? minConfidence = null)
    {
        var options = Activator.CreateInstance(Type("ClassifierOptions"))!;
        if (maxPixels is { } most)
            options.GetType().GetProperty("MaxPixels")!.SetValue(options, most);
        if (minConfidence is not null)
            options.GetType().GetProperty("MinConfidence")!.SetValue(options, minConfidence);
        return new(Call(() => Type("Colours").GetMethod("Load")!.Invoke(null, [path, options]))!);
    }

    /// <summary>The network's input for an image.</summary>
    public static float[] Pixels(SKBitmap image, int height, int width, string resizing, byte[]? background)
    {
        var model = Activator.CreateInstance(Type("ModelDescription"))!;
        Set("ImageHeight", height);
        Set("ImageWidth", width);
        Set("Resizing", Enum.Parse(Type("ImageResizing"), resizing));
        Set("Background", background);
        return (float[])Call(() => Type("ImagePixels").GetMethod("Of")!.Invoke(null, [image, model]))!;

        void Set(string property, object? value) => model.GetType().GetProperty(property)!.SetValue(model, value);
    }

    /// <summary>Errors and warnings of generated files, as the compiler gives them.</summary>
    public static (CSharpCompilation Compilation, IReadOnlyList<string> Problems) Compile(string name, IEnumerable<string> sources, OutputKind kind, params MetadataReference[] more)
    {
        var trees = sources.Append(Usings).Select(source => CSharpSyntaxTree.ParseText(source));
        var compilation = CSharpCompilation.Create(name, trees, [.. References, .. more], new CSharpCompilationOptions(kind, nullableContextOptions: NullableContextOptions.Enable));
        return (compilation, [.. compilation.GetDiagnostics().Where(problem => problem.Severity >= DiagnosticSeverity.Warning).Select(problem => problem.ToString())]);
    }

    private static Assembly Compile()
    {
        var sources = Directory.GetFiles(Path.Combine(OnnxApplicationFolder.Path, "Colours_Library"), "*.cs").Select(File.ReadAllText);
        var (compilation, problems) = Compile("Colours_Library", sources, OutputKind.DynamicallyLinkedLibrary);
        Assert.IsEmpty(problems, string.Join('\n', problems.Take(5)));
        using var content = new MemoryStream();
        Assert.IsTrue(compilation.Emit(content).Success);
        return Assembly.Load(content.ToArray());
    }

    private static Type Type(string name) => Compiled.Value.GetType($"ColoursClassifier.{name}", throwOnError: true)!;

    private static object? Call(Func<object?> call)
    {
        try
        {
            return call();
        }
        catch (TargetInvocationException error) when (error.InnerException is { } cause)
        {
            throw cause;
        }
    }

    /// <summary>An instance of the generated class.</summary>
    internal sealed class Classifier(object instance) : IDisposable
    {
        public IReadOnlyList<string> Labels => (IReadOnlyList<string>)instance.GetType().GetProperty("Labels")!.GetValue(instance)!;

        /// <param name="image">A path, the content of a file, or a stream.</param>
        public Result Classify(object image)
        {
            var argument = image is Stream ? typeof(Stream) : image.GetType();
            var result = Call(() => instance.GetType().GetMethod("Classify", [argument])!.Invoke(instance, [image]))!;
            var scores = ((System.Collections.IEnumerable)Get(result, "Scores")).Cast<object>().ToDictionary(score => (string)Get(score, "Label"), score => (float)Get(score, "Score"));
            return new((string)Get(result, "PredictedLabel"), [.. Labels.Select(label => scores[label])]) { IsUnknown = (bool)Get(result, "IsUnknown"), BestLabel = (string)Get(result, "BestLabel") };
        }

        public void Dispose() => ((IDisposable)instance).Dispose();

        private static object Get(object of, string property) => of.GetType().GetProperty(property)!.GetValue(of)!;
    }

    /// <param name="PredictedLabel">The most probable class, or the label of images that are not answered.</param>
    /// <param name="Scores">In the order of the classes.</param>
    internal sealed record Result(string PredictedLabel, float[] Scores)
    {
        public required bool IsUnknown { get; init; }

        public required string BestLabel { get; init; }
    }
}
