using System.Buffers;
using System.Numerics;

namespace Rf3d.Planning;

/// <summary>
/// Which input channels of a run of kernels flow into each channel of the tensor after it, exactly: one bit set a channel. Immutable. Channels that
/// see the same share a row, so that a pointwise convolution costs one union.
/// </summary>
internal sealed class ChannelReach
{
    // 128 MB for the rows of one tensor; no network comes near.
    private const int MostWords = 1 << 24;
    private const int BitsPerWord = 64;

    // 2 MB: those of a rolling convolution over 2,048 channels.
    private const int MostKeptWords = 1 << 18;

    private readonly int _words;

    // Row of each channel, and the rows one after the other; a row has a bit for each input channel. Null at the start of a run, where each channel
    // sees itself: most runs begin with a kernel that sees everything, and never need those rows.
    private readonly int[]? _rowOf;
    private readonly ulong[]? _rows;

    private ChannelReach(int inputs)
    {
        Inputs = Channels = inputs;
        _words = WordsFor(inputs);
        Least = 1;
    }

    private ChannelReach(int inputs, int[] rowOf, ulong[] rows)
    {
        Inputs = inputs;
        Channels = rowOf.Length;
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
    public int Channels { get; }

    /// <summary>Input channels that flow into the channel that sees the fewest.</summary>
    public int Least { get; }

    /// <summary>The start of a run: each channel sees itself.</summary>
    public static ChannelReach Start(int channels) => new(channels);

    /// <summary>Whether input channel <paramref name="input"/> flows into <paramref name="channel"/>.</summary>
    public bool Sees(int channel, int input) => _rowOf is null ? channel == input : (RowOf(channel)[input / BitsPerWord] >> (input % BitsPerWord) & 1) != 0;

    /// <exception cref="ShapeException">The rows would take too much memory.</exception>
    public ChannelReach After(Layer layer) => layer switch
    {
        DepthwiseConvolution => this,
        Convolution { Groups: 1 } convolution => Everything(convolution.Filters),
        // Where every channel sees everything, so does any sum of some of them.
        Convolution convolution when Least == Inputs => Everything(convolution.Filters),
        RollingPointwiseConvolution rolling when Least == Inputs => Everything(rolling.Filters),
        Convolution convolution => Followed().Grouped(convolution.Groups, convolution.Filters),
        RollingPointwiseConvolution rolling => Followed().Rolling(RollingWindows.Of(rolling, Channels), rolling.Filters),
        ChannelShuffle shuffle => Followed().Shuffled(shuffle.Groups),
        _ => throw new NotSupportedException($"Which channels a {layer.GetType().Name} sees is not known."),
    };

    /// <summary>Whether every channel sees the same here and there.</summary>
    public bool SameAs(ChannelReach other)
    {
        if (Channels != other.Channels || Inputs != other.Inputs)
            return false;
        var (here, there) = (Followed(), other.Followed());
        for (var channel = 0; channel < Channels; channel++)
        {
            if (!here.RowOf(channel).SequenceEqual(there.RowOf(channel)))
                return false;
        }
        return true;
    }

    /// <summary>The sum of two branches: the channels that either of them sees.</summary>
    /// <exception cref="ShapeException">The rows would take too much memory.</exception>
    public ChannelReach Plus(ChannelReach other)
    {
        if (Least == Inputs || ReferenceEquals(this, other))
            return this;
        if (other.Least == Inputs)
            return other;
        var (here, there) = (Followed(), other.Followed());
        var (rowOf, rows) = (new int[Channels], NewRows(Channels));
        for (var channel = 0; channel < Channels; channel++)
        {
            rowOf[channel] = channel;
            var row = Row(rows, channel);
            here.RowOf(channel).CopyTo(row);
            Add(row, there.RowOf(channel));
        }
        return new(Inputs, rowOf, rows);
    }

    /// <summary>The receptive field of filters that read all channels: the union of those of the channels.</summary>
    private ChannelReach Everything(int filters)
    {
        var all = new ulong[_words];
        if (_rows is null)
        {
            Array.Fill(all, ulong.MaxValue);
            if (Inputs % BitsPerWord is > 0 and var rest)
                all[^1] = (1UL << rest) - 1;
        }
        else
        {
            for (var row = 0; row < _rows.Length / _words; row++)
                Add(all, Row(row));
        }
        return new(Inputs, new int[filters], all);
    }

    /// <summary>The same with a row for each channel.</summary>
    private ChannelReach Followed()
    {
        if (_rowOf is not null)
            return this;
        var (rowOf, rows) = (new int[Inputs], NewRows(Inputs));
        for (var channel = 0; channel < Inputs; channel++)
        {
            rowOf[channel] = channel;
            Row(rows, channel)[channel / BitsPerWord] = 1UL << (channel % BitsPerWord);
        }
        return new(Inputs, rowOf, rows);
    }

    private ChannelReach Grouped(int groups, int filters)
    {
        var (rowOf, rows) = (new int[filters], NewRows(groups));
        var perGroup = Channels / groups;
        for (var group = 0; group < groups; group++)
        {
            var row = Row(rows, group);
            var last = -1;
            foreach (var source in _rowOf!.AsSpan(group * perGroup, perGroup))
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
            rowOf[(channel % perGroup * groups) + (channel / perGroup)] = _rowOf![channel];
        return new(Inputs, rowOf, _rows!);
    }

    /// <summary>
    /// Unions over windows that move around a ring, with three operations a window whatever its width (van Herk, Gil and Werman): the ring is cut
    /// into pieces as long as a window, and each window is the end of one piece and the start of the next.
    /// </summary>
    private ChannelReach Rolling(RollingWindows windows, int filters)
    {
        var (width, positions) = (windows.Width, Channels + windows.Width);
        // Megabytes in wide networks: new memory of this size costs more than what is computed in it. The pool keeps what it gets, so that the largest are left to the collector.
        var words = WordsOf(positions);
        var isKept = words <= MostKeptWords;
        var (fromStart, toEnd) = isKept ? (ArrayPool<ulong>.Shared.Rent(words), ArrayPool<ulong>.Shared.Rent(words)) : (new ulong[words], new ulong[words]);
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
        var (rowOf, rows) = (new int[filters], NewRows(count));
        for (var window = 0; window < count; window++)
        {
            var start = windows.Start(window);
            var row = Row(rows, window);
            Row(toEnd, start).CopyTo(row);
            Add(row, Row(fromStart, start + width - 1));
        }
        if (isKept)
        {
            ArrayPool<ulong>.Shared.Return(fromStart);
            ArrayPool<ulong>.Shared.Return(toEnd);
        }
        for (var filter = 0; filter < filters; filter++)
            rowOf[filter] = filter % windows.Count;
        return new(Inputs, rowOf, rows);
    }

    private ulong[] NewRows(int count) => new ulong[WordsOf(count)];

    /// <exception cref="ShapeException">The rows would take too much memory.</exception>
    private int WordsOf(int count) => (long)count * _words <= MostWords
        ? count * _words
        : throw new ShapeException(FormattableString.Invariant($"needs {count} sets of {Inputs} channels, and at most {MostWords / _words} are followed one by one; use fewer channels or fewer groups"));

    private ReadOnlySpan<ulong> RowOf(int channel) => Row(_rowOf![channel]);

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
