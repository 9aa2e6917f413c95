namespace Rf3d.ModelBuilder;

/// <summary>The libraries that generated applications are built on.</summary>
internal enum ApplicationKind
{
    /// <summary>A console application, a web service and a training project, on ML.NET.</summary>
    MLNet,

    /// <summary>A library, a console application and a page for browsers, on ONNX Runtime.</summary>
    Onnx,
}

/// <summary>Keeps applications of two kinds from sharing a folder, where each would replace the other's versions of packages.</summary>
internal static class ApplicationKinds
{
    /// <param name="folder">The folder of the application; it need not be there.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="kind">The kind to write.</param>
    /// <exception cref="CommandException">The folder has an application of the other kind.</exception>
    public static void Check(string folder, string name, ApplicationKind kind)
    {
        var (isOther, other) = kind == ApplicationKind.Onnx
            ? (File.Exists(Path.Combine(folder, $"{name}.consumption.cs")), "ML.NET")
            : (Directory.Exists(Path.Combine(folder, $"{name}_Library")), "ONNX Runtime");
        if (isOther)
            throw new CommandException($"'{folder}' has applications on {other}, which would no longer build: both kinds name the versions of their packages there. Choose another --name or --output.");
    }
}
