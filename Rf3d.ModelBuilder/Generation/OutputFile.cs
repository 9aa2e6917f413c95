using Rf3d.Datasets;

namespace Rf3d.ModelBuilder;

/// <summary>Checks the name of a file that a command is going to write.</summary>
internal static class OutputFile
{
    /// <param name="path">The file, as the command line names it.</param>
    /// <param name="what">What is written, as in "page" or "report".</param>
    /// <param name="force">Whether a file that is there may be replaced.</param>
    /// <param name="option">The option with the file.</param>
    /// <exception cref="CommandException">It is a folder, it is there already, or its folder is missing.</exception>
    public static void Check(string path, string what, bool force, string option = "--output")
    {
        if (Directory.Exists(path))
            throw new CommandException($"'{path}' is a folder. Choose another {option}.");
        if (File.Exists(path) && !force)
            throw new CommandException($"'{path}' is there already. Choose another {option}, or replace it with --force.");
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            throw new CommandException($"There is no folder '{folder}' to write the {what} to. Make it, or choose another {option}.");
    }

    /// <summary>A file that is made of a model must not replace the model, under whatever name.</summary>
    /// <param name="path">The file, as the command line names it.</param>
    /// <param name="model">The model.</param>
    /// <param name="option">The option with the file.</param>
    /// <param name="extension">The extension that such a file has.</param>
    /// <exception cref="CommandException">It is the model or a folder.</exception>
    public static void CheckDiffers(string path, string model, string option, string extension)
    {
        if (AreSame(path, model))
            throw new CommandException($"{option} is '{path}', the model itself. Name another file: the model is needed to compare with, to train further and to export again.");
        if (Directory.Exists(path))
            throw new CommandException($"{option} is '{path}', a folder. Name the {extension} file to write.");
    }

    /// <summary>
    /// Whether two paths lead to one file, by links or in upper and lower case. Other names of a file (hard links) do not matter: a file is replaced by another one of its name, which leaves them as they are.
    /// </summary>
    public static bool AreSame(string one, string other)
    {
        var paths = new RealPaths();
        return paths.Of(one).Equals(paths.Of(other), NativePaths.Comparison);
    }
}
