namespace Rf3d.MLNet;

/// <summary>Joins items into groups: two items are in one group if a chain of pairs connects them.</summary>
internal sealed class UnionFind(int count)
{
    private readonly int[] _parents = [.. Enumerable.Range(0, count)];

    public void Join(int one, int other)
    {
        var (a, b) = (Root(one), Root(other));
        // The earlier item is the root, so that the order of pairs does not count.
        (_parents[a], _parents[b]) = (Math.Min(a, b), Math.Min(a, b));
    }

    /// <summary>The number of each item's group, from 0 in the order of their first items; -1 for an item that is alone.</summary>
    public int[] Numbers()
    {
        var roots = Enumerable.Range(0, _parents.Length).Select(Root).ToArray();
        var sizes = roots.CountBy(root => root).ToDictionary();
        var numbers = sizes.Where(size => size.Value > 1).Select(size => size.Key).Order().Select((root, number) => (root, number)).ToDictionary(pair => pair.root, pair => pair.number);
        return Array.ConvertAll(roots, root => numbers.GetValueOrDefault(root, -1));
    }

    private int Root(int item)
    {
        while (_parents[item] != item)
        {
            _parents[item] = _parents[_parents[item]];
            item = _parents[item];
        }
        return item;
    }
}
