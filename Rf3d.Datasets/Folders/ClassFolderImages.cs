using System.Globalization;

namespace Rf3d.Datasets;

/// <summary>Finds the images of class folders, each real file once: of a file and the links to it, the file counts; of several links to it, the first. For one thread.</summary>
/// <param name="walk">A walk of the root.</param>
/// <param name="root">The folder with the class folders.</param>
/// <param name="classes">The names of the class folders.</param>
internal sealed class ClassFolderImages(FolderWalk walk, string root, IReadOnlyList<string> classes)
{
    private const int FilesInMessage = 5;

    private readonly List<ImageFile> _files = [];
    private readonly List<ImageFile> _links = [];

    /// <summary>The images by class, then by path, in ordinal order.</summary>
    /// <param name="isPresent">Whether the folder of a class exists.</param>
    /// <exception cref="InvalidDataException">A file is in two classes.</exception>
    public IReadOnlyList<ImageFile> Find(Func<string, bool> isPresent)
    {
        // Without a link no file can be there twice, and no paths need to be compared.
        var hasLinks = false;
        for (var i = 0; i < classes.Count; i++)
        {
            if (!isPresent(classes[i]))
                continue;
            foreach (var image in walk.Images(Path.Combine(root, classes[i])))
            {
                (image.IsLink ? _links : _files).Add(new ImageFile(i, image.Prefix + image.Name));
                hasLinks |= image.IsLink || image.IsElsewhere;
            }
        }
        _files.Sort(ImageFile.Compare);
        return hasLinks ? EachOnce() : _files;
    }

    private List<ImageFile> EachOnce()
    {
        _links.Sort(ImageFile.Compare);
        var byRealPath = new Dictionary<string, ImageFile>(NativePaths.Comparer);
        List<(string Path, string Other)> inTwoClasses = [];
        foreach (var file in _files)
            Add(file, walk.Real.OfPlain(PathOf(file)));
        foreach (var link in _links)
            Add(link, walk.Real.Of(PathOf(link)));
        if (inTwoClasses.Count > 0)
        {
            throw new InvalidDataException(
                string.Create(CultureInfo.InvariantCulture, $"'{root}' has {inTwoClasses.Count} {(inTwoClasses.Count == 1 ? "link" : "links")} to images of another class: ")
                + string.Join("; ", inTwoClasses.Take(FilesInMessage).Select(file => $"'{file.Path}' is the same file as '{file.Other}'"))
                + (inTwoClasses.Count > FilesInMessage ? "; …" : "") + ". An image has one label: remove the link in one of the two classes.");
        }
        List<ImageFile> images = [.. byRealPath.Values];
        images.Sort(ImageFile.Compare);
        return images;

        void Add(ImageFile image, string realPath)
        {
            if (byRealPath.TryAdd(realPath, image))
                return;
            var first = byRealPath[realPath];
            if (first.Class == image.Class)
                walk.Unused.AddFile(UnusedFileReason.RepeatedLink, PathOf(image));
            else
                inTwoClasses.Add((PathOf(image), PathOf(first)));
        }
    }

    private string PathOf(ImageFile image) => Path.Combine(root, classes[image.Class], NativePaths.Of(image.Name));
}
