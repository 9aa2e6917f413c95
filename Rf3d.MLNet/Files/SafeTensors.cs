using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;

namespace Rf3d.MLNet;

/// <summary>
/// A file of tensors by name in the safetensors form (huggingface/safetensors): the length of the header in 8 bytes, little-endian; the header, a JSON
/// object of name to type, shape and place, with texts under <c>__metadata__</c>; the data without gaps.
/// </summary>
internal sealed record SafeTensors(IReadOnlyDictionary<string, string> Metadata, IReadOnlyDictionary<string, SafeTensorEntry> Tensors)
{
    private const string MetadataName = "__metadata__";
    private const int LargestHeader = 100_000_000;
    private const int PieceSize = 1 << 20;

    private sealed record Place(string Name, string Type, long[] Shape, long Begin, long End);

    /// <summary>Whether the content begins like such a file. The position is at the beginning afterwards.</summary>
    public static bool Is(Stream content)
    {
        content.Position = 0;
        Span<byte> start = stackalloc byte[9];
        // The header is JSON, after its length in 8 bytes.
        var isOne = content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start[8] == '{' && start[7] == 0;
        content.Position = 0;
        return isOne;
    }

    public void Write(Stream stream)
    {
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataName);
            foreach (var (name, value) in Metadata)
                json.WriteString(name, value);
            json.WriteEndObject();
            long offset = 0;
            foreach (var (name, tensor) in Tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", tensor.Type);
                WriteNumbers(json, "shape", tensor.Shape);
                WriteNumbers(json, "data_offsets", [offset, offset += tensor.ByteCount]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // Data that starts at a multiple of 8 can be mapped into memory.
        while (header.Length % 8 != 0)
            header.WriteByte((byte)' ');
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        header.WriteTo(stream);
        foreach (var tensor in Tensors.Values)
            tensor.Read((_, piece) => stream.Write(piece));
    }

    /// <param name="stream">The file. Its tensors read from it when they are asked for their bytes: it stays open for as long as that may be.</param>
    /// <exception cref="FormatException">The file is damaged, or none of this form. The message says what is wrong, not which file.</exception>
    public static SafeTensors Read(Stream stream)
    {
        Span<byte> length = stackalloc byte[8];
        var size = stream.Length - length.Length;
        if (size < 0)
            throw new FormatException($"it has {stream.Length} bytes; the length of its header alone takes 8");
        stream.ReadExactly(length);
        var headerSize = BinaryPrimitives.ReadInt64LittleEndian(length);
        if (headerSize < 2 || headerSize > Math.Min(size, LargestHeader))
            throw new FormatException($"its header claims {headerSize} bytes, of {size} that follow");
        var header = new byte[headerSize];
        stream.ReadExactly(header);

        var (metadata, places) = ReadHeader(header);
        var end = 0L;
        foreach (var place in places.OrderBy(place => place.Begin).ThenBy(place => place.End))
        {
            if (place.Begin != end)
                throw new FormatException($"the tensor '{place.Name}' begins at byte {place.Begin}, not at {end} where the one before ends");
            end = place.End;
        }
        if (end != size - headerSize)
            throw new FormatException($"its tensors take {end} bytes, but {size - headerSize} are there");
        var start = stream.Position;
        Dictionary<string, SafeTensorEntry> tensors = new(StringComparer.Ordinal);
        foreach (var place in places)
            tensors.Add(place.Name, new(place.Type, place.Shape, take => ReadPieces(stream, start + place.Begin, place.End - place.Begin, take)));
        return new(metadata, tensors);
    }

    private static void ReadPieces(Stream stream, long start, long count, TensorBytesReader take)
    {
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(count, PieceSize));
        try
        {
            stream.Position = start;
            for (long offset = 0; offset < count;)
            {
                var piece = buffer.AsSpan(0, (int)Math.Min(count - offset, buffer.Length));
                stream.ReadExactly(piece);
                take(offset, piece);
                offset += piece.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static (Dictionary<string, string> Metadata, List<Place> Places) ReadHeader(byte[] header)
    {
        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        List<Place> places = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        try
        {
            using var json = JsonDocument.Parse(header);
            foreach (var entry in json.RootElement.EnumerateObject())
            {
                if (!names.Add(entry.Name))
                    throw new FormatException($"its header has two entries '{entry.Name}'");
                if (entry.Name == MetadataName)
                {
                    foreach (var text in entry.Value.EnumerateObject())
                        metadata[text.Name] = text.Value.GetString() ?? "";
                }
                else
                {
                    places.Add(ReadPlace(entry.Name, entry.Value));
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or OverflowException)
        {
            throw new FormatException($"its header is not what safetensors has there: {error.Message}", error);
        }
        return (metadata, places);
    }

    private static Place ReadPlace(string name, JsonElement entry)
    {
        var type = entry.GetProperty("dtype").GetString() ?? "";
        var elementSize = SafeTensorEntry.SizeOf(type) ?? throw new FormatException($"the tensor '{name}' is of the type '{type}', which is not known here");
        var shape = entry.GetProperty("shape").EnumerateArray().Select(length => length.GetInt64()).ToArray();
        var offsets = entry.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64()).ToArray();
        if (offsets is not [var begin, var end] || begin < 0 || end < begin || shape.Any(length => length < 0))
            throw new FormatException($"the tensor '{name}' has no place or no shape");
        var bytes = shape.Aggregate((long)elementSize, (product, length) => checked(product * length));
        if (bytes != end - begin)
            throw new FormatException($"the tensor '{name}', {SafeTensorEntry.Describe(shape)} of {type}, takes {bytes} bytes, but its place has {end - begin}");
        return bytes <= Array.MaxLength
            ? new(name, type, shape, begin, end)
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"the tensor '{name}' takes {bytes} bytes, more than can be read at once"));
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, long[] numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
