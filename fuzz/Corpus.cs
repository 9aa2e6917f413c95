namespace Rf3d.Fuzz;

/// <summary>The intact files of one kind.</summary>
internal sealed class Corpus
{
    private Corpus(IReadOnlyList<CorpusFile> files) => Files = files;

    public IReadOnlyList<CorpusFile> Files { get; }

    public CorpusFile this[string name] => Files.First(file => file.Name == name);

    public static Corpus Read(string folder) =>
        new([.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(path => new CorpusFile(Path.GetFileName(path), File.ReadAllBytes(path)))]);
}

/// <summary>One intact file.</summary>
internal sealed record CorpusFile(string Name, byte[] Content);
