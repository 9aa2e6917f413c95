namespace Rf3d.Datasets;

/// <summary>
/// A random order of the rows 0 to count-1 that is computed, not stored: a Feistel network over the next power of
/// four, walked until it lands below the count. So a shuffled pass over any number of rows needs no memory for them.
/// </summary>
internal sealed class RowPermutation
{
    private const int Rounds = 6;

    // Halves of fewer bits have too few round functions to reach most orders of a handful of rows.
    private const int LeastHalfBits = 4;

    private readonly ulong _count;
    private readonly int _halfBits = LeastHalfBits;
    private readonly ulong _mask;
    private readonly ulong[] _keys = new ulong[Rounds];

    public RowPermutation(long count, ulong seed)
    {
        _count = (ulong)count;
        while (_halfBits < 31 && 1UL << (2 * _halfBits) < _count)
            _halfBits++;
        _mask = (1UL << _halfBits) - 1;
        var random = new SplitMix64(seed);
        for (var round = 0; round < Rounds; round++)
            _keys[round] = random.Next();
    }

    public long this[long position]
    {
        get
        {
            // The network is a bijection of the whole domain, so the walk is one of the rows below the count.
            var row = (ulong)position;
            do
                row = Scramble(row);
            while (row >= _count);
            return (long)row;
        }
    }

    private ulong Scramble(ulong value)
    {
        var left = value >> _halfBits;
        var right = value & _mask;
        foreach (var key in _keys)
            (left, right) = (right, left ^ (SplitMix64.Mix(right + key) & _mask));
        return left << _halfBits | right;
    }
}
