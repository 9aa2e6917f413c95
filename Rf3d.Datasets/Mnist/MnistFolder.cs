namespace Rf3d.Datasets;

/// <summary>The files of one part of MNIST.</summary>
/// <param name="Images">The file of the images.</param>
/// <param name="Labels">The file of the labels.</param>
internal sealed record MnistFiles(string Images, string Labels);

/// <summary>Finds the files of MNIST by their names.</summary>
internal static class MnistFolder
{
    /// <returns>Null where there are no files of this part.</returns>
    /// <exception cref="InvalidDataException">There are several, or one of the two is missing.</exception>
    public static MnistFiles? Find(string folder, MnistSplit split)
    {
        var names = FolderEntry.In(folder).Where(entry => !entry.IsFolder && !entry.IsHidden).Select(entry => entry.Name).Order(StringComparer.Ordinal).ToList();
        var (images, labels) = (OnlyOne(hasImages: true), OnlyOne(hasImages: false));
        return (images, labels) switch
        {
            (null, null) => null,
            ({ }, { }) => new(Path.Combine(folder, images), Path.Combine(folder, labels)),
            _ => throw new InvalidDataException($"'{folder}' has '{images ?? labels}' and no file of the {(images is null ? "images" : "labels")} that go with it."),
        };

        string? OnlyOne(bool hasImages)
        {
            var found = names.Where(name => MnistFileNames.Of(name) is { } file && file.Split == split && file.HasImages == hasImages).ToList();
            // Packed and unpacked they are the same.
            if (found.Count == 2 && $"{found[0]}.gz" == found[1])
                found.RemoveAt(1);
            return found.Count <= 1
                ? found.FirstOrDefault()
                : throw new InvalidDataException($"'{folder}' has several files of {split.ToString().ToLowerInvariant()} {(hasImages ? "images" : "labels")}: {string.Join(", ", found)}. Keep one data set in a folder.");
        }
    }
}
