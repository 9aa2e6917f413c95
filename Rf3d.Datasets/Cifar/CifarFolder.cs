namespace Rf3d.Datasets;

/// <summary>Finds the files of a CIFAR distribution, and checks them before any training as far as that is possible without reading them.</summary>
internal static class CifarFolder
{
    /// <summary>The folder with the .bin files themselves, unpacked from the archive if need be.</summary>
    public static string Find(string path, CifarLayout layout)
    {
        if (File.Exists(path))
            return CifarArchive.Unpack(path, layout);
        if (!Directory.Exists(path))
            throw new FileNotFoundException(
                $"There is no file or folder '{path}' to load {layout.Name} from. Give the folder with its .bin files, or {layout.Archive}.", path);

        var subFolder = Path.Combine(path, layout.SubFolder);
        var archive = Path.Combine(path, layout.Archive);
        if (HasAny(path, layout))
            return path;
        if (Directory.Exists(subFolder))
            return subFolder;
        if (File.Exists(archive))
            return CifarArchive.Unpack(archive, layout);
        throw new FileNotFoundException(
            $"The folder '{path}' has no {layout.Name}: neither {layout.TrainFiles[0]}, nor a sub-folder {layout.SubFolder}, nor {layout.Archive}. " +
            "The binary version of the data set is needed, not the one for Python or MATLAB.", Path.Combine(path, layout.TrainFiles[0]));
    }

    /// <summary>The files of a split with their numbers of records; throws if any is missing or has half a record.</summary>
    public static IReadOnlyList<CifarFile> Check(string folder, CifarLayout layout, CifarSplit split) =>
        layout.FilesOf(split).Select(name => Check(Path.Combine(folder, name), layout)).ToArray();

    /// <summary>The class names, one a line; blank lines do not count.</summary>
    public static IReadOnlyList<string> ReadNames(string folder, CifarLabelKind labels)
    {
        var path = Path.Combine(folder, labels.NameFile);
        if (!File.Exists(path))
            throw Missing(path, "the names of the classes");
        var names = File.ReadLines(path).Select(line => line.Trim()).Where(line => line.Length > 0).ToArray();
        if (names.Length != labels.Classes)
            throw new InvalidDataException(
                $"'{path}' has {names.Length} class names where {labels.Classes} are expected. Unpack the archive again.");
        var twice = names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        return twice == null
            ? names
            : throw new InvalidDataException($"'{path}' names the class '{twice.Key}' more than once. Unpack the archive again.");
    }

    private static CifarFile Check(string path, CifarLayout layout)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw Missing(path, $"a part of {layout.Name}");
        var over = file.Length % layout.RecordBytes;
        if (file.Length == 0 || over != 0)
            throw new InvalidDataException(
                $"'{path}' is {file.Length} bytes long, but {layout.Name} has records of {layout.RecordBytes} bytes: " +
                (file.Length == 0 ? "the file is empty. " : $"{file.Length / layout.RecordBytes} records and {over} bytes too many. ") +
                "The file is cut short or is not in the binary layout; unpack or download it again.");
        return new CifarFile(path, file.Length / layout.RecordBytes);
    }

    private static bool HasAny(string folder, CifarLayout layout) =>
        layout.TrainFiles.Concat(layout.TestFiles).Any(name => File.Exists(Path.Combine(folder, name)));

    private static FileNotFoundException Missing(string path, string what) =>
        new($"'{path}' is missing, {what}. Unpack the archive again, or give its folder if the files are elsewhere.", path);
}

/// <summary>A file of records and how many it has.</summary>
internal readonly record struct CifarFile(string Path, long Records);
