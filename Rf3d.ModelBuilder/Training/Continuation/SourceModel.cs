using System.Collections.Immutable;
using Microsoft.ML;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>The model that a training continues.</summary>
/// <param name="Path">Full path of the .zip.</param>
/// <param name="Classes">Its classes, in the order of its keys.</param>
internal sealed record SourceModel(string Path, ImmutableArray<string> Classes)
{
    private const int NamesShown = 5;

    /// <exception cref="CommandException">The file is missing, damaged, or something else.</exception>
    public static SourceModel Open(string path)
    {
        try
        {
            // It scores nothing here.
            using var model = Rf3dSavedModel.Load(new MLContext(), path, new() { Device = "cpu" });
            UnchangedImages.Require(model.ImageSteps, path);
            return new(System.IO.Path.GetFullPath(path), model.Classes);
        }
        catch (Exception error) when (error is IOException or FormatException or UnauthorizedAccessException)
        {
            throw new CommandException($"--continue-from: {ErrorText.Of(error)}", inner: error);
        }
    }

    /// <summary>The classes of the model and those that a data set adds to them.</summary>
    /// <param name="found">The classes of the training images.</param>
    /// <param name="dataset">Where they are, for the error.</param>
    /// <exception cref="CommandException">A class of the model has no images.</exception>
    public IReadOnlyList<string> ClassesWith(IReadOnlyList<string> found, string dataset)
    {
        var missing = Classes.Except(found, StringComparer.Ordinal).ToList();
        if (missing.Count == 0)
            return [.. Classes, .. found.Except(Classes, StringComparer.Ordinal)];
        var names = string.Join(", ", missing.Take(NamesShown).Select(name => $"'{name}'")) + (missing.Count > NamesShown ? $" and {missing.Count - NamesShown} more" : "");
        throw new CommandException(
            $"'{dataset}' has no images of {names}, which are classes of '{Path}'. Training does not keep a class without images. Add images of each class of the model to the data set.");
    }
}
