namespace Rf3d.MLNet;

/// <summary>The images of a subset in the order of their rows, which stores that read from front to back need.</summary>
/// <param name="Rows">The rows, rising.</param>
/// <param name="Places">Of each of them, its place in the subset.</param>
/// <param name="Labels">The class of each image, in the order of the subset.</param>
internal sealed record RisingRows(long[] Rows, long[] Places, long[] Labels)
{
    public static RisingRows Of(ImageSubset images)
    {
        var rows = images.Indices.data<long>().ToArray();
        long[] places = [.. Enumerable.Range(0, rows.Length).OrderBy(place => rows[place]).Select(place => (long)place)];
        return new(Array.ConvertAll(places, place => rows[place]), places, Array.ConvertAll(rows, row => (long)images.Set.Index[row].Label));
    }
}
