namespace Rf3d.ModelBuilder.Tests.Onnx;

/// <summary>The applications on ONNX Runtime of the model that all tests share, as <c>rf3d export --target onnx</c> writes them.</summary>
internal static class OnnxApplicationFolder
{
    private static readonly Lazy<TempFolder> Folder = new(Export);

    /// <summary>The generated folder.</summary>
    public static string Path => Folder.Value["Colours"];

    public static string Model => System.IO.Path.Combine(Path, "Colours.onnx");

    /// <summary>The files of the folder, with slashes between the parts of a path.</summary>
    public static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => System.IO.Path.GetRelativePath(folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal);

    public static void Delete()
    {
        if (Folder.IsValueCreated)
            Folder.Value.Dispose();
    }

    private static TempFolder Export()
    {
        var folder = new TempFolder();
        Tool.Run("export", GeneratedApplication.Model, "--target", "onnx", "--output", folder.Path).Must(0);
        return folder;
    }
}
