using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;

namespace Rf3d.MLNet;

/// <summary>
/// Reads the tensors of a PyTorch file (<c>torch.save(model.state_dict(), path)</c>, .pth or .pt) by name, without PyTorch: a .zip with a pickle and a file for each
/// storage, as PyTorch writes it since 1.6; or the earlier form, pickles in a row with the storages after them. Nothing of the file runs.
/// </summary>
/// <remarks>TorchSharp.PyBridge reads such files into tensors; it needs libtorch to be loaded, and cannot say what is wrong with a file that it does not read.</remarks>
internal static class TorchStateDict
{
    // Tensors may repeat numbers, so that a small file can claim any size.
    private const double LargestFile = 1L << 32;

    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture);

    private static readonly string[] Wrappers = ["state_dict", "model_state_dict", "model", "state_dict_ema"];

    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        ["FloatStorage"] = "F32", ["DoubleStorage"] = "F64", ["HalfStorage"] = "F16", ["BFloat16Storage"] = "BF16", ["LongStorage"] = "I64", ["IntStorage"] = "I32",
        ["ShortStorage"] = "I16", ["CharStorage"] = "I8", ["ByteStorage"] = "U8", ["BoolStorage"] = "BOOL",
    };

    private sealed record Place(string Key, string Type, long Offset, long[] Shape, long[] Strides);

    private const string PickleName = "data.pkl";

    /// <summary>Whether the content begins like one of the two forms. The position is at the beginning afterwards.</summary>
    public static bool Is(Stream content)
    {
        content.Position = 0;
        Span<byte> start = stackalloc byte[4];
        var read = content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        content.Position = 0;
        return read == start.Length && start is [0x50, 0x4b, 3, 4] or [0x80, >= 2 and <= 5, ..];
    }

    /// <summary>Whether a .zip is one of PyTorch's, by its entries.</summary>
    public static bool IsZip(Stream content)
    {
        try
        {
            using var zip = new ZipArchive(content, ZipArchiveMode.Read, leaveOpen: true);
            return Pickle(zip) is not null;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <exception cref="FormatException">It is none of these files, or holds something else than tensors by name. The message says what, not which file.</exception>
    public static IReadOnlyDictionary<string, SafeTensorEntry> Read(Stream stream)
    {
        try
        {
            Span<byte> start = stackalloc byte[2];
            stream.ReadExactly(start);
            stream.Position = 0;
            return start[0] == 0x50 ? ReadZip(stream) : ReadLegacy(stream);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or InvalidCastException or OverflowException)
        {
            throw new FormatException("it is damaged or was cut short: " + error.Message, error);
        }
    }

    private static ZipArchiveEntry? Pickle(ZipArchive zip) => zip.Entries.FirstOrDefault(entry => entry.FullName.EndsWith("/" + PickleName, StringComparison.Ordinal));

    private static Dictionary<string, SafeTensorEntry> ReadZip(Stream stream)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        var pickle = Pickle(zip)
            ?? throw new FormatException("it is a .zip without data.pkl, which PyTorch's files have");
        var root = pickle.FullName[..^PickleName.Length];
        if (zip.GetEntry(root + "constants.pkl") is not null)
        {
            throw new FormatException(
                "it is a TorchScript program, which has its own form of weights. In Python: torch.save(torch.jit.load(path).state_dict(), 'weights.pth')");
        }
        // PyTorch stores without compression.
        if (zip.Entries.Any(entry => entry.Length > stream.Length))
            throw new FormatException("it has parts that are larger than the file, which PyTorch's files have not");
        using var content = pickle.Open();
        var places = Places(new PickleReader(content).Read());
        Dictionary<string, byte[]> storages = new(StringComparer.Ordinal);
        foreach (var key in places.Values.Select(place => place.Key).Distinct())
        {
            var entry = zip.GetEntry(root + "data/" + key) ?? throw new FormatException($"it lacks the numbers of the storage '{key}'");
            using var numbers = entry.Open();
            storages[key] = new byte[entry.Length];
            numbers.ReadExactly(storages[key]);
        }
        return Entries(places, storages);
    }

    private static Dictionary<string, SafeTensorEntry> ReadLegacy(Stream stream)
    {
        var reader = new PickleReader(stream);
        if (reader.Read() is not BigInteger magic || magic != Magic)
            throw new FormatException("it is a pickle, but none that torch.save wrote");
        _ = reader.Read();
        _ = reader.Read();
        var places = Places(reader.Read());
        var keys = reader.Read() as List<object?> ?? throw new FormatException("it lacks the list of its storages");
        var sizes = places.Values.GroupBy(place => place.Key).ToDictionary(group => group.Key, group => SafeTensorEntry.SizeOf(group.First().Type)!.Value, StringComparer.Ordinal);
        Dictionary<string, byte[]> storages = new(StringComparer.Ordinal);
        var header = new byte[sizeof(long)];
        foreach (var key in keys.OfType<string>())
        {
            stream.ReadExactly(header);
            var count = BinaryPrimitives.ReadInt64LittleEndian(header);
            if (!sizes.TryGetValue(key, out var size) || count < 0 || count > (stream.Length - stream.Position) / size)
                throw new FormatException($"it is damaged or was cut short: its storage '{key}' claims {count} numbers, more than follow");
            storages[key] = new byte[count * size];
            stream.ReadExactly(storages[key]);
        }
        return Entries(places, storages);
    }

    private static Dictionary<string, Place> Places(object? root)
    {
        if (root is PickledCall { Function: var type })
        {
            throw new FormatException(
                $"it is a pickled module ({type}), not its weights: it could be read only by running its code. In Python: torch.save(model.state_dict(), 'weights.pth'), or safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')");
        }
        if (root is not Dictionary<object, object?> entries)
            throw new FormatException("it holds something else than tensors by name, as state_dict() makes them");
        // Checkpoints have the weights among other things. One level: in a pickle a dictionary may contain itself.
        foreach (var wrapper in Wrappers)
        {
            if (entries.TryGetValue(wrapper, out var inner) && inner is Dictionary<object, object?> wrapped)
            {
                entries = wrapped;
                break;
            }
        }
        Dictionary<string, Place> places = new(StringComparer.Ordinal);
        foreach (var (key, value) in entries)
        {
            if (key is string name && Tensor(name, value) is { } place)
                places[name] = place;
        }
        var bytes = places.Values.Sum(place => (double)SafeTensorEntry.SizeOf(place.Type)! * place.Shape.Aggregate(1.0, (product, length) => product * length));
        if (bytes > LargestFile)
            throw new FormatException($"its tensors claim {bytes:0} bytes, more than a file of weights has");
        return places.Count > 0 ? places : throw new FormatException("it holds no tensors by name, as state_dict() makes them");
    }

    private static Place? Tensor(string name, object? value)
    {
        while (value is PickledCall { Function.Name: "_rebuild_parameter", Arguments: [var inner, ..] })
            value = inner;
        if (value is not PickledCall { Function: var function, Arguments: var arguments })
            return null;
        if (function.Name.Contains("qtensor", StringComparison.Ordinal))
            throw new FormatException($"the tensor '{name}' is quantized; weights of type F32 are expected. Save those of the network before it was quantized");
        if (function.Name == "_rebuild_tensor_v2"
            && arguments is [PickledReference { Id: object?[] and ["storage", PickledName type, string key, ..] }, long offset, object?[] shape, object?[] strides, ..])
        {
            return new(key, TypeOf(name, type), offset, [.. shape.Cast<long>()], [.. strides.Cast<long>()]);
        }
        throw new FormatException($"'{name}' is a {function}, not a plain tensor. Save the weights alone: torch.save(model.state_dict(), 'weights.pth')");
    }

    private static string TypeOf(string name, PickledName type) => Types.TryGetValue(type.Name, out var known)
        ? known
        : throw new FormatException($"the tensor '{name}' is of the type {type}; weights of type F32 are expected");

    private static Dictionary<string, SafeTensorEntry> Entries(Dictionary<string, Place> places, Dictionary<string, byte[]> storages)
    {
        Dictionary<string, SafeTensorEntry> entries = new(StringComparer.Ordinal);
        foreach (var (name, place) in places)
        {
            var storage = storages.GetValueOrDefault(place.Key) ?? throw new FormatException($"it lacks the numbers of '{name}'");
            Verify(name, place, storage);
            entries[name] = new(place.Type, place.Shape, take => take(0, Gather(place, storage)));
        }
        return entries;
    }

    private static void Verify(string name, Place place, byte[] storage)
    {
        var size = SafeTensorEntry.SizeOf(place.Type)!.Value;
        if (place.Strides.Length != place.Shape.Length || place.Offset < 0 || place.Shape.Any(length => length < 0) || place.Strides.Any(stride => stride < 0))
            throw new FormatException($"the tensor '{name}' has no place or no shape");
        var (count, last) = (1L, place.Offset);
        for (var axis = 0; axis < place.Shape.Length; axis++)
        {
            count = checked(count * place.Shape[axis]);
            last = checked(last + (Math.Max(0, place.Shape[axis] - 1) * place.Strides[axis]));
        }
        if (count > Array.MaxLength / size || (count > 0 && last >= storage.Length / size))
            throw new FormatException($"the tensor '{name}', {SafeTensorEntry.Describe(place.Shape)} of {place.Type}, reaches beyond its storage of {storage.Length} bytes");
    }

    /// <summary>The elements in row-major order; in the storage they may lie with gaps, or in another order.</summary>
    private static byte[] Gather(Place place, byte[] storage)
    {
        var size = SafeTensorEntry.SizeOf(place.Type)!.Value;
        var count = place.Shape.Aggregate(1L, (product, length) => product * length);
        var values = new byte[count * size];
        var index = new long[place.Shape.Length];
        for (long i = 0, from = place.Offset; i < count; i++)
        {
            storage.AsSpan((int)(from * size), size).CopyTo(values.AsSpan((int)(i * size)));
            for (var axis = index.Length - 1; axis >= 0; axis--)
            {
                from += place.Strides[axis];
                if (++index[axis] < place.Shape[axis])
                    break;
                from -= place.Strides[axis] * place.Shape[axis];
                index[axis] = 0;
            }
        }
        return values;
    }
}
