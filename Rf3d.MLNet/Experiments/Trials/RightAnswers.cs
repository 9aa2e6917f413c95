using System.Collections;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.MLNet;

/// <summary>Which validation images a model classified correctly, in their order. All trials see the same images. Those without a label are left out, as in ML.NET's metrics.</summary>
internal sealed class RightAnswers
{
    private readonly BitArray _isRight;

    private RightAnswers(BitArray isRight) => _isRight = isRight;

    /// <param name="scored">The images with the model's predictions.</param>
    /// <param name="labelColumnName">Keys; 0 is a missing label.</param>
    /// <param name="predictedLabelColumnName">Keys of the same values.</param>
    public static RightAnswers Of(IDataView scored, string labelColumnName, string predictedLabelColumnName) => new(new BitArray(
        [.. scored.GetColumn<uint>(labelColumnName).Zip(scored.GetColumn<uint>(predictedLabelColumnName)).Where(image => image.First != 0).Select(image => image.First == image.Second)]));

    /// <summary>From a log; null where the entry has none, or damaged ones.</summary>
    public static RightAnswers? From(RightEntry? entry)
    {
        if (entry is not { Images: >= 0 })
            return null;
        var bytes = new byte[BytesOf(entry.Images)];
        if (!Convert.TryFromBase64String(entry.Bits, bytes, out var count) || count != bytes.Length)
            return null;
        return new(new BitArray(bytes) { Length = entry.Images });
    }

    /// <summary>For a log: a bit for each image.</summary>
    public RightEntry ToEntry()
    {
        var bytes = new byte[BytesOf(_isRight.Length)];
        _isRight.CopyTo(bytes, 0);
        return new(_isRight.Length, Convert.ToBase64String(bytes));
    }

    /// <summary>This model as the first and another one as the second; null where they are not of the same images.</summary>
    public PairedCounts? BesideThat(RightAnswers other)
    {
        if (other._isRight.Length != _isRight.Length)
            return null;
        long Count(bool first, bool second) => Enumerable.Range(0, _isRight.Length).LongCount(image => _isRight[image] == first && other._isRight[image] == second);
        return new(Count(true, true), Count(true, false), Count(false, true), Count(false, false));
    }

    private static int BytesOf(int images) => (images + 7) / 8;
}
