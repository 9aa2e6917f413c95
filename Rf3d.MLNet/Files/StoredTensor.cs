using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>A tensor as a file holds it.</summary>
/// <param name="Type">Type of the elements, by its name in safetensors: F32, I64, U8 and so on.</param>
/// <param name="Shape">Lengths of the axes; empty for a single number.</param>
/// <param name="Data">The elements, row-major and little-endian.</param>
internal sealed record StoredTensor(string Type, long[] Shape, byte[] Data)
{
    private static readonly Dictionary<string, int> Sizes = new(StringComparer.Ordinal)
    {
        ["BOOL"] = 1, ["U8"] = 1, ["I8"] = 1, ["F8_E5M2"] = 1, ["F8_E4M3"] = 1, ["I16"] = 2, ["U16"] = 2, ["F16"] = 2, ["BF16"] = 2,
        ["I32"] = 4, ["U32"] = 4, ["F32"] = 4, ["I64"] = 8, ["U64"] = 8, ["F64"] = 8,
    };

    /// <summary>Bytes of an element, or null for a type that is not known.</summary>
    public static int? SizeOf(string type) => Sizes.TryGetValue(type, out var size) ? size : null;

    /// <summary>The shape as in "64x3x7x7".</summary>
    public static string Describe(long[] shape) =>
        shape.Length == 0 ? "a single number" : string.Join('x', shape.Select(length => length.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The values of a tensor of floating-point numbers; null for other types.</summary>
    public float[]? ToFloats()
    {
        switch (Type)
        {
            case "F32":
                var values = new float[Data.Length / sizeof(float)];
                Buffer.BlockCopy(Data, 0, values, 0, Data.Length);
                return values;
            case "F64":
                return Each(sizeof(double), bytes => (float)BitConverter.ToDouble(bytes));
            case "F16":
                return Each(2, bytes => (float)BitConverter.ToHalf(bytes));
            case "BF16":
                // The upper half of a float.
                return Each(2, bytes => BitConverter.Int32BitsToSingle(BitConverter.ToUInt16(bytes) << 16));
            default:
                return null;
        }
    }

    private delegate float Reading(ReadOnlySpan<byte> bytes);

    private float[] Each(int size, Reading read)
    {
        var values = new float[Data.Length / size];
        for (var i = 0; i < values.Length; i++)
            values[i] = read(Data.AsSpan(i * size, size));
        return values;
    }
}
