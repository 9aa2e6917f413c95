using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>Writes applications that need ONNX Runtime and SkiaSharp alone around an .onnx file, which says in its metadata what they must know of the model.</summary>
internal sealed record OnnxApplication
{
    // The newest on npm; it reads the same files as the package of .NET.
    private const string OnnxRuntimeWeb = "1.30.0";

    /// <summary>The generated files, by the template that they are made of; the .onnx file is added to them.</summary>
    public static (string Template, string File)[] Files { get; } =
    [
        ("Directory.Build.props.template", "Directory.Build.props"),
        ("Onnx.Directory.Build.targets.template", "Directory.Build.targets"),
        ("Onnx.Directory.Packages.props.template", "Directory.Packages.props"),
        ("Onnx.README.md.template", "README.md"),
        ("Onnx.gitignore.template", ".gitignore"),
        ("Onnx.solution.slnx.template", "{0}.slnx"),
        ("Onnx.Library.csproj.template", "{0}_Library/{0}_Library.csproj"),
        ("Onnx.Classifier.cs.template", "{0}_Library/{0}.classifier.cs"),
        ("Onnx.Classification.cs.template", "{0}_Library/Classification.cs"),
        ("Onnx.ModelDescription.cs.template", "{0}_Library/ModelDescription.cs"),
        ("Onnx.ImagePixels.cs.template", "{0}_Library/ImagePixels.cs"),
        ("Onnx.ImageCodecs.cs.template", "{0}_Library/ImageCodecs.cs"),
        ("support.cs.template", "{0}_Library/Support.cs"),
        ("Onnx.ConsoleApp.csproj.template", "{0}_ConsoleApp/{0}_ConsoleApp.csproj"),
        ("Onnx.ConsoleApp.Program.cs.template", "{0}_ConsoleApp/Program.cs"),
        ("Onnx.WebPage.csproj.template", "{0}_WebPage/{0}_WebPage.csproj"),
        ("Onnx.WebPage.Program.cs.template", "{0}_WebPage/Program.cs"),
        ("WebAddress.cs.template", "{0}_WebPage/WebAddress.cs"),
        ("Onnx.package.json.template", "{0}_WebPage/package.json"),
        ("Onnx.index.html.template", "{0}_WebPage/wwwroot/index.html"),
        ("Onnx.page.css.template", "{0}_WebPage/wwwroot/page.css"),
        ("Onnx.page.js.template", "{0}_WebPage/wwwroot/page.js"),
        ("Onnx.classifier.js.template", "{0}_WebPage/wwwroot/classifier.js"),
        ("Onnx.metadata.js.template", "{0}_WebPage/wwwroot/metadata.js"),
        ("Onnx.pixels.js.template", "{0}_WebPage/wwwroot/pixels.js"),
    ];

    private static readonly string[] Packages =
        ["Microsoft.ML.OnnxRuntime", "SkiaSharp", "SkiaSharp.NativeAssets.Linux.NoDependencies", "System.Numerics.Tensors"];

    /// <summary>The model's name, which <see cref="ModelName.Check"/> has passed.</summary>
    public required string Name { get; init; }

    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Pixels (height times width) that an image may have.</summary>
    public required long MaxPixels { get; init; }

    /// <summary>How good the model is, as a sentence; null where it is not known.</summary>
    public string? Accuracy { get; init; }

    /// <summary>Whether the .zip and the .mbconfig file of the training lie beside it.</summary>
    public bool HasTraining { get; init; }

    /// <summary>Whether a report on the model lies beside it.</summary>
    public bool HasReport { get; init; }

    /// <summary>The name of the .onnx file of a model.</summary>
    public static string ModelFile(string name) => $"{name}.onnx";

    /// <summary>The next steps with the applications, as text.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="folder">Their folder.</param>
    /// <param name="name">The model's name.</param>
    public static void WriteNextSteps(TextWriter output, string folder, string name)
    {
        folder = Path.GetRelativePath(".", folder);
        var (console, page) = (ShellWord.Of(Path.Combine(folder, $"{name}_ConsoleApp")), ShellWord.Of(Path.Combine(folder, $"{name}_WebPage")));
        output.WriteLine($"Generated {folder}:");
        output.WriteLine($"  dotnet run --project {console} -- IMAGE");
        output.WriteLine($"  dotnet publish {console} -c Release");
        output.WriteLine($"  npm install --prefix {page}         then: dotnet run --project {page}");
    }

    /// <param name="folder">Where to write; empty but for the model.</param>
    public void Write(string folder)
    {
        var shared = SharedSource.OnnxParts();
        var values = new Dictionary<string, string>
        {
            ["Name"] = Name,
            ["Class"] = ModelName.ClassOf(Name),
            ["Address"] = ApplicationGenerator.Address,
            ["ToolVersion"] = PackageVersions.Own,
            ["ClassListMarkdown"] = ApplicationGenerator.ClassList(Classes),
            ["SharedUsings"] = shared.Usings,
            ["SharedTypes"] = shared.Types,
            ["MaxPixels"] = Numbers.Text($"{MaxPixels}"),
            ["OnnxRuntimeWeb"] = OnnxRuntimeWeb,
            ["Accuracy"] = Accuracy is null ? "" : $"{Accuracy} ",
            ["TrainingRows"] = HasTraining
                ? $"\n| `{Name}.zip`, `{Name}.mbconfig` | the model for ML.NET, and all that was chosen: `rf3d train --training-config {Name}.mbconfig` trains again and replaces both models |"
                : "",
            ["ReportRow"] = ApplicationGenerator.ReportRow(Name, HasReport),
        };
        PackageVersions.AddTo(values, Packages);
        Template.WriteAll(Files, folder, Name, values);
    }
}
