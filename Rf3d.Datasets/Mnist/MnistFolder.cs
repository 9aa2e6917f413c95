using System.Text.RegularExpressions;

namespace Rf3d.Datasets;

/// <summary>The files of one part of MNIST.</summary>
/// <param name="Images">The file of the images.</param>
/// <param name="Labels">The file of the labels.</param>
internal sealed record MnistFiles(string Images, string Labels);

/// <summary>Finds the files of MNIST by their names: <c>train-images-idx3-ubyte</c>, also with a dot before <c>idx3</c>, with something before it, as EMNIST has, and with .gz behind it.</summary>
internal static partial class MnistFolder
{
    /// <returns>Null where there are no files of this part.</returns>
    /// <exception cref="InvalidDataException">There are several, or one of the two is missing.</exception>
    public static MnistFiles? Find(string folder, MnistSplit split)
    {
        var names = FolderEntry.In(folder).Where(entry => !entry.IsFolder && !entry.IsHidden).Select(entry => entry.Name).Order(StringComparer.Ordinal).ToList();
        var (images, labels) = (OnlyOne("images", '3'), OnlyOne("labels", '1'));
        return (images, labels) switch
        {
            (null, null) => null,
            ({ }, { }) => new(Path.Combine(folder, images), Path.Combine(folder, labels)),
            _ => throw new InvalidDataException($"'{folder}' has '{images ?? labels}' and no file of the {(images is null ? "images" : "labels")} that go with it."),
        };

        string? OnlyOne(string what, char dimensions)
        {
            var found = names.Where(name => FileName().Match(name) is { Success: true } match
                && match.Groups["what"].Value == what && match.Groups["dimensions"].Value[0] == dimensions && match.Groups["part"].Value == "train" == (split is MnistSplit.Train)).ToList();
            // Packed and unpacked they are the same.
            if (found.Count == 2 && $"{found[0]}.gz" == found[1])
                found.RemoveAt(1);
            return found.Count <= 1
                ? found.FirstOrDefault()
                : throw new InvalidDataException($"'{folder}' has several files of {split.ToString().ToLowerInvariant()} {what}: {string.Join(", ", found)}. Keep one data set in a folder.");
        }
    }

    [GeneratedRegex(@"(^|[-_.])(?<part>train|t10k|test)-(?<what>images|labels)[-.]idx(?<dimensions>[13])-ubyte(\.gz)?$")]
    private static partial Regex FileName();
}
