using System.Diagnostics;
using System.Globalization;

namespace Rf3d.Benchmarks;

/// <summary>A console application, published.</summary>
/// <param name="Title">What it is.</param>
/// <param name="Path">The program.</param>
internal sealed record PublishedProgram(string Title, string Path)
{
    /// <summary>The bytes of all files of its folder.</summary>
    public long Bytes => Files.Sum(file => file.Length);

    public int Count => Files.Count();

    private IEnumerable<FileInfo> Files => new DirectoryInfo(System.IO.Path.GetDirectoryName(Path)!).EnumerateFiles("*", SearchOption.AllDirectories);
}

/// <summary>The applications of one model on ML.NET and on ONNX Runtime, published in every form.</summary>
internal sealed record PublishedPrograms
{
    public const string Native = "ONNX Runtime, native";
    public const string Trimmed = "ONNX Runtime, trimmed";
    private const string MLNet = "ML.NET, with .NET";
    private const string MLNetAlone = "ML.NET, for an installed .NET";

    /// <summary>The .zip.</summary>
    public required string Model { get; init; }

    public required IReadOnlyList<PublishedProgram> Consoles { get; init; }

    /// <summary>The project of the page.</summary>
    public required string Page { get; init; }

    /// <param name="application">A folder that was generated on ML.NET.</param>
    /// <param name="folder">An empty folder.</param>
    public static PublishedPrograms Make(string application, string folder)
    {
        var model = Directory.GetFiles(application, "*.zip").Single();
        var name = Path.GetFileNameWithoutExtension(model);
        // Nothing is built in the folder of others.
        var (mlnet, onnx) = (Path.Combine(folder, "mlnet"), Path.Combine(folder, "onnx"));
        foreach (var file in Directory.EnumerateFiles(application, "*", SearchOption.AllDirectories).Where(file => !IsBuilt(Path.GetRelativePath(application, file))))
        {
            var copy = Path.Combine(mlnet, Path.GetRelativePath(application, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        DotNet(Path.Combine(AppContext.BaseDirectory, "rf3d.dll"), "export", model, "--target", "onnx", "--output", onnx);
        var (old, own) = (Path.Combine(mlnet, $"{name}_ConsoleApp"), Path.Combine(onnx, name, $"{name}_ConsoleApp"));
        return new()
        {
            Model = model,
            Page = Path.Combine(onnx, name, $"{name}_WebPage"),
            Consoles =
            [
                Publish(Native, own, folder),
                Publish(Trimmed, own, folder, "-p:PublishAot=false"),
                Publish(MLNet, old, folder, "--use-current-runtime", "--self-contained"),
                Publish(MLNetAlone, old, folder),
            ],
        };
    }

    /// <summary>Runs the .NET of this process.</summary>
    /// <exception cref="InvalidOperationException">It fails.</exception>
    public static void DotNet(params string[] arguments) => Run(DotNetHost.Path, arguments);

    /// <returns>The lines of its output.</returns>
    /// <exception cref="InvalidOperationException">It fails.</exception>
    public static string[] Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : throw new InvalidOperationException($"'{program} {string.Join(' ', arguments.Take(8))}' failed with exit code {process.ExitCode}: {output}{error.Result}");
    }

    private static bool IsBuilt(string path) => path.Split(Path.DirectorySeparatorChar) is [_, "bin" or "obj", ..];

    private static PublishedProgram Publish(string title, string project, string folder, params string[] options)
    {
        var output = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"published-{Directory.GetDirectories(folder).Length}"));
        DotNet(["publish", project, "-c", "Release", "--nologo", "-v", "q", "-nodeReuse:false", "-o", output, .. options]);
        // No form may use files that another one left.
        Directory.Delete(Path.Combine(project, "obj"), recursive: true);
        return new(title, Path.Combine(output, Path.GetFileName(project) + (OperatingSystem.IsWindows() ? ".exe" : "")));
    }
}
