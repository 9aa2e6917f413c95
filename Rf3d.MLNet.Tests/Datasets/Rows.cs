using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.MLNet.Tests.Datasets;

/// <summary>Reads data views in the ways that tests compare.</summary>
internal static class Rows
{
    public static List<uint> Labels(IDataView view, Random? random = null)
    {
        using var cursor = view.GetRowCursor([view.Schema["Label"]], random);
        return Labels(cursor);
    }

    public static List<uint> Labels(DataViewRowCursor cursor)
    {
        var getter = cursor.GetGetter<uint>(cursor.Schema["Label"]);
        var labels = new List<uint>();
        uint label = 0;
        while (cursor.MoveNext())
        {
            getter(ref label);
            labels.Add(label);
        }
        return labels;
    }

    public static List<ulong> Ids(DataViewRowCursor cursor)
    {
        var getter = cursor.GetIdGetter();
        var ids = new List<ulong>();
        DataViewRowId id = default;
        while (cursor.MoveNext())
        {
            getter(ref id);
            ids.Add(id.Low);
        }
        return ids;
    }

    public static List<ulong> Ids(IDataView view, Random? random = null)
    {
        using var cursor = view.GetRowCursor([], random);
        return Ids(cursor);
    }

    /// <summary>The pixels of all images, or of as many as asked for, as blue, green, red, alpha or red, green, blue, alpha.</summary>
    public static List<byte[]> Pixels(IDataView view, int count = int.MaxValue)
    {
        using var cursor = view.GetRowCursor([view.Schema["Image"]]);
        var getter = cursor.GetGetter<MLImage>(view.Schema["Image"]);
        var pixels = new List<byte[]>();
        MLImage image = null!;
        while (pixels.Count < count && cursor.MoveNext())
        {
            getter(ref image);
            pixels.Add(image.Pixels.ToArray());
        }
        image?.Dispose();
        return pixels;
    }

    public static List<string> Paths(IDataView view) =>
        view.GetColumn<ReadOnlyMemory<char>>("ImagePath").Select(path => path.ToString()).ToList();

    public static string[] KeyNames(IDataView view)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        view.Schema["Label"].GetKeyValues(ref names);
        return names.DenseValues().Select(name => name.ToString()).ToArray();
    }
}
