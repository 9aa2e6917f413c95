using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.MLNet;

/// <summary>Whether two passes are over the same rows of the same source, found without decoding an image.</summary>
internal static class RowsIdentity
{
    private const string Annotation = "Rf3d.Source";

    /// <summary>
    /// The annotation of an image column that identifies its files: another text for other images. Data sets of Rf3d.Datasets have it; a step that makes other images
    /// of them makes a new column, without it. Null where there is none.
    /// </summary>
    public static string? SourceOf(DataViewSchema.Column images)
    {
        if (!IsOfDataSet(images))
            return null;
        var text = default(ReadOnlyMemory<char>);
        images.Annotations.GetValue(Annotation, ref text);
        return text.IsEmpty ? null : text.ToString();
    }

    /// <summary>
    /// Whether the images of a column are those of a data set of Rf3d.Datasets. It makes a new one for each reader, who disposes of it; those of other columns may be the user's own.
    /// </summary>
    public static bool IsOfDataSet(DataViewSchema.Column images) => images.Annotations.Schema.GetColumnOrNull(Annotation) is { Type: TextDataViewType };

    /// <summary>A hash over the ids and labels of rows that have one.</summary>
    /// <returns>Null where the ids are not the source's own: data sets strung together have the first one's schema, and ids that are made of several.</returns>
    public static string? Of(IEnumerable<(DataViewRowId Id, long Label)> rows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> entry = stackalloc byte[16];
        foreach (var (id, label) in rows)
        {
            if (id.High != 0)
                return null;
            BinaryPrimitives.WriteUInt64LittleEndian(entry, id.Low);
            BinaryPrimitives.WriteInt64LittleEndian(entry[8..], label);
            hash.AppendData(entry);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The same by a pass over the data.</summary>
    public static string? Of(ImageRows rows, CancellationToken cancellation)
    {
        using var row = rows.OpenLabels(null);
        return Of(Labelled());

        IEnumerable<(DataViewRowId, long)> Labelled()
        {
            while (row.MoveNext())
            {
                cancellation.ThrowIfCancellationRequested();
                if (row.Label() is >= 0 and var label)
                    yield return (row.Id(), label);
            }
        }
    }
}
