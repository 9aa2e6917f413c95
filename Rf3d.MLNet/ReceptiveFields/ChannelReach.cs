using System.Numerics;

namespace Rf3d.MLNet;

/// <summary>
/// Which input channels of a run of kernels flow into each channel of the tensor after it, exactly: one bit set a channel. Immutable. Channels that
/// see the same share a row, so that a pointwise convolution costs one union.
/// </summary>
internal sealed class ChannelReach
{
    private const int BitsPerWord = 64;

    private readonly int _words;

    // Row of each channel, and the rows one after the other. A row has a bit for each input channel.
    private readonly int[] _rowOf;
    private readonly ulong[] _rows;

    private ChannelReach(int inputs, int[] rowOf, ulong[] rows)
    {
        Inputs = inputs;
        _words = WordsFor(inputs);
        _rowOf = rowOf;
        _rows = rows;
        Least = inputs;
        for (var row = 0; row < rows.Length / _words; row++)
            Least = Math.Min(Least, Count(Row(row)));
    }

    /// <summary>Channels of the tensor that the run starts from.</summary>
    public int Inputs { get; }

    /// <summary>Channels of the tensor that the run has come to.</summary>
    public int Channels => _rowOf.Length;

    /// <summary>Input channels that flow into the channel that sees the fewest.</summary>
    public int Least { get; }

    /// <summary>The start of a run: each channel sees itself.</summary>
    public static ChannelReach Start(int channels)
    {
        var words = WordsFor(channels);
        var (rowOf, rows) = (new int[channels], new ulong[channels * words]);
        for (var channel = 0; channel < channels; channel++)
        {
            rowOf[channel] = channel;
            rows[(channel * words) + (channel / BitsPerWord)] = 1UL << (channel % BitsPerWord);
        }
        return new(channels, rowOf, rows);
    }

    /// <summary>Whether input channel <paramref name="input"/> flows into <paramref name="channel"/>.</summary>
    public bool Sees(int channel, int input) => (RowOf(channel)[input / BitsPerWord] >> (input % BitsPerWord) & 1) != 0;

    public ChannelReach After(Kernel kernel) => kernel switch
    {
        // Where every channel sees everything, so does any sum of some of them.
        Convolution convolution when Least == Inputs => Grouped(1, convolution.Filters),
        RollingPointwiseConvolution rolling when Least == Inputs => Grouped(1, rolling.Filters),
        DepthwiseConvolution => this,
        Convolution convolution => Grouped(convolution.Groups, convolution.Filters),
        RollingPointwiseConvolution rolling => Rolling(RollingWindows.Of(rolling, Channels), rolling.Filters),
        ChannelShuffle shuffle => Shuffled(shuffle.Groups),
        _ => throw new NotSupportedException($"Which channels a {kernel.GetType().Name} sees is not known."),
    };

    /// <summary>The sum of two branches: what either of them sees.</summary>
    public ChannelReach Plus(ChannelReach other)
    {
        var (rowOf, rows) = (new int[Channels], new ulong[Channels * _words]);
        for (var channel = 0; channel < Channels; channel++)
        {
            rowOf[channel] = channel;
            var row = Row(rows, channel);
            RowOf(channel).CopyTo(row);
            Add(row, other.RowOf(channel));
        }
        return new(Inputs, rowOf, rows);
    }

    private ChannelReach Grouped(int groups, int filters)
    {
        var (rowOf, rows) = (new int[filters], new ulong[groups * _words]);
        var perGroup = Channels / groups;
        for (var group = 0; group < groups; group++)
        {
            var row = Row(rows, group);
            var last = -1;
            foreach (var source in _rowOf.AsSpan(group * perGroup, perGroup))
            {
                if (source != last)
                    Add(row, Row(source));
                last = source;
            }
        }
        for (var filter = 0; filter < filters; filter++)
            rowOf[filter] = filter / (filters / groups);
        return new(Inputs, rowOf, rows);
    }

    private ChannelReach Shuffled(int groups)
    {
        var rowOf = new int[Channels];
        var perGroup = Channels / groups;
        for (var channel = 0; channel < Channels; channel++)
            rowOf[(channel % perGroup * groups) + (channel / perGroup)] = _rowOf[channel];
        return new(Inputs, rowOf, _rows);
    }

    /// <summary>
    /// Unions over windows that move around a ring, with three operations a window whatever its width (van Herk, Gil and Werman): the ring is cut
    /// into pieces as long as a window, and each window is the end of one piece and the start of the next.
    /// </summary>
    private ChannelReach Rolling(RollingWindows windows, int filters)
    {
        var (width, positions) = (windows.Width, Channels + windows.Width);
        var fromStart = new ulong[positions * _words];
        var toEnd = new ulong[positions * _words];
        for (var i = 0; i < positions; i++)
        {
            RowOf(i % Channels).CopyTo(Row(fromStart, i));
            if (i % width != 0)
                Add(Row(fromStart, i), Row(fromStart, i - 1));
        }
        for (var i = positions - 1; i >= 0; i--)
        {
            RowOf(i % Channels).CopyTo(Row(toEnd, i));
            if (i % width != width - 1 && i != positions - 1)
                Add(Row(toEnd, i), Row(toEnd, i + 1));
        }
        var count = Math.Min(windows.Count, filters);
        var (rowOf, rows) = (new int[filters], new ulong[count * _words]);
        for (var window = 0; window < count; window++)
        {
            var start = windows.Start(window);
            var row = Row(rows, window);
            Row(toEnd, start).CopyTo(row);
            Add(row, Row(fromStart, start + width - 1));
        }
        for (var filter = 0; filter < filters; filter++)
            rowOf[filter] = filter % windows.Count;
        return new(Inputs, rowOf, rows);
    }

    private ReadOnlySpan<ulong> RowOf(int channel) => Row(_rowOf[channel]);

    private ReadOnlySpan<ulong> Row(int row) => _rows.AsSpan(row * _words, _words);

    private Span<ulong> Row(ulong[] rows, int row) => rows.AsSpan(row * _words, _words);

    private static int WordsFor(int inputs) => (inputs + BitsPerWord - 1) / BitsPerWord;

    private static int Count(ReadOnlySpan<ulong> row)
    {
        var count = 0;
        foreach (var word in row)
            count += BitOperations.PopCount(word);
        return count;
    }

    private static void Add(Span<ulong> target, ReadOnlySpan<ulong> source)
    {
        var i = 0;
        for (; i <= target.Length - Vector<ulong>.Count; i += Vector<ulong>.Count)
            (new Vector<ulong>(target[i..]) | new Vector<ulong>(source[i..])).CopyTo(target[i..]);
        for (; i < target.Length; i++)
            target[i] |= source[i];
    }
}
