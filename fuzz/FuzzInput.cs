using System.Globalization;
using Rf3d.Datasets;

namespace Rf3d.Fuzz;

/// <summary>An intact file with changes. The same seed, index and corpus give the same input.</summary>
/// <param name="Index">Its number in the run.</param>
/// <param name="File">The intact file.</param>
/// <param name="Content">The changed content.</param>
/// <param name="Changes">A description of the change.</param>
internal sealed record FuzzInput(long Index, CorpusFile File, byte[] Content, string Changes)
{
    private const int MostChanges = 3;
    private const int IntactEvery = 97;
    private const int RestructuredOneIn = 3;

    /// <summary>Whether it is a valid file with another content, whose result is not known.</summary>
    public bool IsRestructured { get; private init; }

    /// <summary>Whether nothing was changed.</summary>
    public bool IsIntact => Content.AsSpan().SequenceEqual(File.Content);

    /// <summary>A name for the file of a finding.</summary>
    public string FileName(string kind, ulong seed) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{seed}-{Index}-{File.Name}");

    public static FuzzInput Of(FuzzKind kind, Corpus corpus, ulong seed, long index)
    {
        var random = SplitMix64.ForItem(seed, (ulong)index);
        var file = corpus.Files[random.Below(corpus.Files.Count)];
        // Some stay as they are: a reader that refuses intact files as well would otherwise not show.
        if (index % IntactEvery == 0)
            return new(index, file, file.Content, "none");
        if (random.Below(RestructuredOneIn) == 0 && kind.Restructure(ref random, file, corpus) is { } other)
            return new(index, file, other.Content, other.Change) { IsRestructured = true };
        var (content, changes) = (file.Content, new List<string>());
        // One change alone comes furthest.
        for (var count = Math.Max(1, random.Below(2 * MostChanges) - MostChanges + 1); count > 0; count--)
        {
            var (changed, change) = Mutator.Change(ref random, content, corpus);
            (content, changes) = (changed, [.. changes, change]);
        }
        if (random.Below(2) == 0 && kind.Reseal(content) is var resealed && !ReferenceEquals(resealed, content))
            (content, changes) = (resealed, [.. changes, "checksums restored"]);
        return new(index, file, content, string.Join("; ", changes));
    }
}
