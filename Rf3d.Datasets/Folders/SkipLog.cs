using Microsoft.ML.Runtime;

namespace Rf3d.Datasets;

/// <summary>Writes skipped files to <c>MLContext.Log</c> as they are found; the same list is in <see cref="ImageFolderDataView.SkippedImages"/>.</summary>
internal sealed class SkipLog(IHostEnvironment environment)
{
    private const int FilesNamed = 10;

    /// <param name="image">The file that was found to be bad.</param>
    /// <param name="number">How many are bad with this one.</param>
    public void Add(SkippedImage image, int number)
    {
        if (number > FilesNamed + 1)
            return;
        using var channel = environment.Start(nameof(Microsoft.ML.ImageFolderCatalog.LoadImageFolder));
        channel.Warning(MessageSensitivity.Unknown, number <= FilesNamed
            ? $"The image '{image.Path}' cannot be read and is left out: {image.Reason}."
            : "More images cannot be read and are left out; SkippedImages of the view lists them all.");
    }
}
