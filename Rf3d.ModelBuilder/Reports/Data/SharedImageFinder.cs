using System.Collections.Immutable;

namespace Rf3d.ModelBuilder;

/// <summary>Finds images that are in a data set twice: accuracy on training images says nothing about other images.</summary>
internal static class SharedImageFinder
{
    private const int ExampleCount = 5;

    /// <param name="splits">The parts; images of later ones are looked for in earlier ones and in their own.</param>
    public static ImmutableArray<SharedImages> Find(IReadOnlyList<SplitReader> splits)
    {
        var shared = ImmutableArray.CreateBuilder<SharedImages>();
        for (var i = 0; i < splits.Count; i++)
        {
            for (var j = 0; j < i; j++)
                Add(splits[i], splits[j], Across(splits[i], splits[j]));
            Add(splits[i], splits[i], Within(splits[i]));
        }
        return shared.ToImmutable();

        void Add(SplitReader split, SplitReader other, List<(string Name, string Equal)> found)
        {
            if (found.Count > 0)
                shared.Add(new(split.Name, other.Name, found.Count, [.. found.Take(ExampleCount)]));
        }
    }

    private static List<(string Name, string Equal)> Across(SplitReader split, SplitReader other)
    {
        var first = new Dictionary<UInt128, string>();
        foreach (var (digest, name) in other.Digests)
            first.TryAdd(digest, name);
        return [.. split.Digests.Where(image => first.ContainsKey(image.Digest)).Select(image => (image.Name, first[image.Digest]))];
    }

    private static List<(string Name, string Equal)> Within(SplitReader split)
    {
        var first = new Dictionary<UInt128, string>();
        return [.. split.Digests.Where(image => !first.TryAdd(image.Digest, image.Name)).Select(image => (image.Name, first[image.Digest]))];
    }
}
