namespace Rf3d.MLNet;

/// <summary>Which images show the same, by pairs that do.</summary>
/// <param name="GroupOf">The number of each image's group, from 0; -1 for an image without duplicates.</param>
/// <param name="Similarity">The highest similarity of each image to another one; 0 without duplicates.</param>
/// <param name="Least">The least similarity of the pairs of each group.</param>
internal sealed record DuplicateSets(int[] GroupOf, double[] Similarity, double[] Least)
{
    /// <param name="entries">The images, of which those with equal digests are equal.</param>
    /// <param name="near">Pairs that are nearly equal; those that are equal may be among them.</param>
    public static DuplicateSets Of(IReadOnlyList<ImageEntry> entries, IEnumerable<ImagePair> near)
    {
        ImagePair[] pairs = [.. Equal(entries), .. near.Where(pair => entries[pair.First].Digest != entries[pair.Second].Digest)];
        var (groups, similarity) = (new UnionFind(entries.Count), new double[entries.Count]);
        foreach (var (first, second, value) in pairs)
        {
            groups.Join(first, second);
            similarity[first] = Math.Max(similarity[first], value);
            similarity[second] = Math.Max(similarity[second], value);
        }
        var groupOf = groups.Numbers();
        var least = Enumerable.Repeat(1.0, groupOf.Max() + 1).ToArray();
        foreach (var pair in pairs)
            least[groupOf[pair.First]] = Math.Min(least[groupOf[pair.First]], pair.Similarity);
        return new(groupOf, similarity, least);
    }

    /// <summary>The images of each group, in their order.</summary>
    public List<int>[] Members()
    {
        var members = Array.ConvertAll(Least, _ => new List<int>());
        for (var image = 0; image < GroupOf.Length; image++)
        {
            if (GroupOf[image] >= 0)
                members[GroupOf[image]].Add(image);
        }
        return members;
    }

    /// <summary>Each image with the first one that is equal.</summary>
    private static IEnumerable<ImagePair> Equal(IReadOnlyList<ImageEntry> entries)
    {
        var first = new Dictionary<UInt128, int>();
        for (var image = 0; image < entries.Count; image++)
        {
            if (!first.TryAdd(entries[image].Digest, image))
                yield return new(first[entries[image].Digest], image, 1);
        }
    }
}
