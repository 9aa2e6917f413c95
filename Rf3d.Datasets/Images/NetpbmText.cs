namespace Rf3d.Datasets;

/// <summary>The numbers in a Netpbm file, between which are white space and comments.</summary>
internal ref struct NetpbmText(ReadOnlySpan<byte> content, int position)
{
    private readonly ReadOnlySpan<byte> _content = content;

    public int Position { get; private set; } = position;

    public readonly bool IsAtEnd => Position >= _content.Length;

    public bool TryNumber(out uint number)
    {
        number = 0;
        Skip();
        var start = Position;
        while (!IsAtEnd && _content[Position] is >= (byte)'0' and <= (byte)'9' and var digit)
        {
            // Further digits make it no smaller: too large is too large.
            number = (uint)Math.Min((10 * (ulong)number) + (uint)(digit - '0'), uint.MaxValue);
            Position++;
        }
        return Position > start;
    }

    /// <summary>A digit that is 0 or 1.</summary>
    public bool TryBit(out uint bit)
    {
        bit = 0;
        Skip();
        if (IsAtEnd || _content[Position] is not ((byte)'0' or (byte)'1'))
            return false;
        bit = (uint)(_content[Position++] - '0');
        return true;
    }

    private void Skip()
    {
        for (; !IsAtEnd; Position++)
        {
            if (_content[Position] == '#')
            {
                var end = _content[Position..].IndexOfAny((byte)'\n', (byte)'\r');
                Position = end < 0 ? _content.Length - 1 : Position + end;
            }
            else if (_content[Position] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or 0x0B or 0x0C))
            {
                return;
            }
        }
    }
}
