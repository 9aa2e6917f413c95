namespace Rf3d.MLNet;

/// <summary>The checksum of .zip files (ISO 3309), which <see cref="System.IO.Compression"/> stores and does not compare.</summary>
internal struct Crc32
{
    private const uint Polynomial = 0xEDB88320;
    private const int Slices = 8;

    // Eight bytes a step (slicing-by-8): a byte at a time is slower than unpacking the data.
    private static readonly uint[] Table = CreateTable();

    private uint _inverted;

    public readonly uint Value => _inverted;

    public void Append(ReadOnlySpan<byte> data)
    {
        var state = ~_inverted;
        for (; data.Length >= Slices; data = data[Slices..])
        {
            var low = state ^ System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(data);
            var high = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            state = Table[(7 << 8) + (int)(low & 0xFF)] ^ Table[(6 << 8) + (int)((low >> 8) & 0xFF)]
                ^ Table[(5 << 8) + (int)((low >> 16) & 0xFF)] ^ Table[(4 << 8) + (int)(low >> 24)]
                ^ Table[(3 << 8) + (int)(high & 0xFF)] ^ Table[(2 << 8) + (int)((high >> 8) & 0xFF)]
                ^ Table[(1 << 8) + (int)((high >> 16) & 0xFF)] ^ Table[(int)(high >> 24)];
        }
        foreach (var value in data)
            state = (state >> 8) ^ Table[(int)((state ^ value) & 0xFF)];
        _inverted = ~state;
    }

    private static uint[] CreateTable()
    {
        var table = new uint[Slices << 8];
        for (var i = 0u; i < 256; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? (value >> 1) ^ Polynomial : value >> 1;
            table[i] = value;
        }
        for (var i = 256; i < table.Length; i++)
            table[i] = (table[i - 256] >> 8) ^ table[table[i - 256] & 0xFF];
        return table;
    }
}
