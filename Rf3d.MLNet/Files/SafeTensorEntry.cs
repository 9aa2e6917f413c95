using System.Globalization;
using System.Runtime.InteropServices;

namespace Rf3d.MLNet;

/// <summary>Takes the bytes of a tensor, piece after piece.</summary>
/// <param name="offset">Place of the piece.</param>
/// <param name="piece">The bytes.</param>
internal delegate void TensorBytesReader(long offset, ReadOnlySpan<byte> piece);

/// <summary>A tensor as a file holds it. Its bytes are read on demand, so that a file larger than free memory can be written and read.</summary>
/// <param name="type">Type of the elements, by its name in safetensors: F32, I64, U8 and so on.</param>
/// <param name="shape">Lengths of the axes; empty for a single number.</param>
/// <param name="read">Hands out the elements, row-major and little-endian, as they are at that moment.</param>
internal sealed class SafeTensorEntry(string type, long[] shape, Action<TensorBytesReader> read)
{
    private static readonly Dictionary<string, int> Sizes = new(StringComparer.Ordinal)
    {
        ["BOOL"] = 1, ["U8"] = 1, ["I8"] = 1, ["F8_E5M2"] = 1, ["F8_E4M3"] = 1, ["I16"] = 2, ["U16"] = 2, ["F16"] = 2, ["BF16"] = 2,
        ["I32"] = 4, ["U32"] = 4, ["F32"] = 4, ["I64"] = 8, ["U64"] = 8, ["F64"] = 8,
    };

    public SafeTensorEntry(string type, long[] shape, byte[] data)
        : this(type, shape, take => take(0, data))
    {
    }

    public string Type => type;

    public long[] Shape => shape;

    public long ByteCount { get; } = shape.Aggregate((long)Sizes[type], (product, length) => product * length);

    /// <summary>Bytes of an element, or null for a type that is not known.</summary>
    public static int? SizeOf(string type) => Sizes.TryGetValue(type, out var size) ? size : null;

    /// <summary>The shape as in "64x3x7x7".</summary>
    public static string Describe(long[] shape) =>
        shape.Length == 0 ? "a single number" : string.Join('x', shape.Select(length => length.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Hands out all bytes, in their order.</summary>
    public void Read(TensorBytesReader take) => read(take);

    public byte[] ToArray()
    {
        var data = new byte[ByteCount];
        Read((offset, piece) => piece.CopyTo(data.AsSpan((int)offset)));
        return data;
    }

    /// <summary>The values of a tensor of floating-point numbers; null for other types.</summary>
    public float[]? ToFloats() => type switch
    {
        "F32" => MemoryMarshal.Cast<byte, float>(ToArray()).ToArray(),
        "F64" => Each(sizeof(double), bytes => (float)BitConverter.ToDouble(bytes)),
        "F16" => Each(2, bytes => (float)BitConverter.ToHalf(bytes)),
        // The upper half of a float.
        "BF16" => Each(2, bytes => BitConverter.Int32BitsToSingle(BitConverter.ToUInt16(bytes) << 16)),
        _ => null,
    };

    private delegate float Reading(ReadOnlySpan<byte> bytes);

    private float[] Each(int size, Reading convert)
    {
        var data = ToArray();
        var values = new float[data.Length / size];
        for (var i = 0; i < values.Length; i++)
            values[i] = convert(data.AsSpan(i * size, size));
        return values;
    }
}
