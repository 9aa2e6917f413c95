namespace Rf3d.Datasets;

/// <summary>
/// The order of one pass over the rows, and its division over the cursors of a set: runs of <see cref="RunLength"/>
/// rows are dealt out in turn, and the number of the run is the batch, from which the whole order can be restored.
/// </summary>
internal sealed class RowOrder
{
    public const int RunLength = 32;

    private readonly RowPermutation? _permutation;

    public RowOrder(long count, Random? random)
    {
        Count = count;
        // Two draws, because only Next is sure to be implemented by every Random, ML.NET's own included.
        if (random != null)
            _permutation = new RowPermutation(count, (ulong)random.Next() << 32 | (uint)random.Next());
    }

    public long Count { get; }

    public long Runs => (Count + RunLength - 1) / RunLength;

    public long RowAt(long position) => _permutation == null ? position : _permutation[position];
}
