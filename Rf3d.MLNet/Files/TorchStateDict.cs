using System.Buffers.Binary;
using System.Globalization;
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

    // PyTorch's own limit. The shape of a tensor may be any object of the pickle, and each use of it is a copy here.
    private const int MostAxes = 64;

    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356", CultureInfo.InvariantCulture);

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
        // PyTorch stores without compression. All parts count: each of them may be asked for, and several may name the same bytes.
        var unpacked = zip.Entries.Sum(entry => (double)entry.Length);
        if (unpacked > stream.Length)
        {
            throw new FormatException(string.Create(
                CultureInfo.InvariantCulture, $"its parts take {unpacked:0} bytes, more than the file, which has {stream.Length}: PyTorch's files are not compressed. Save it again by torch.save"));
        }
        using var content = new MemoryStream(Content(pickle), writable: false);
        var places = Places(new PickleReader(content).Read());
        Dictionary<string, byte[]> storages = new(StringComparer.Ordinal);
        foreach (var key in KeysOf(places))
            storages[key] = Content(zip.GetEntry(root + "data/" + key) ?? throw new FormatException($"it lacks the numbers of the storage '{key}'"));
        return Entries(places, storages);
    }

    private static byte[] Content(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        var content = NewContent($"its entry '{entry.FullName}'", entry.Length);
        stream.ReadExactly(content);
        var checksum = new Crc32();
        checksum.Append(content);
        // torch.serialization.set_crc32_options(False) leaves the checksums out.
        return entry.Crc32 == 0 || checksum.Value == entry.Crc32 ? content : throw new InvalidDataException($"its entry '{entry.FullName}' is not what its checksum says");
    }

    private static byte[] NewContent(string what, long length) =>
        length <= Array.MaxLength ? new byte[length] : throw new FormatException($"{what} has {length} bytes; at most {Array.MaxLength} are read");

    private static HashSet<string> KeysOf(Dictionary<string, Place> places) => places.Values.Select(place => place.Key).ToHashSet(StringComparer.Ordinal);

    private static Dictionary<string, SafeTensorEntry> ReadLegacy(Stream stream)
    {
        var reader = new PickleReader(stream);
        if (reader.Read() is not BigInteger magic || magic != Magic)
            throw new FormatException("it is a pickle, but none that torch.save wrote");
        _ = reader.Read();
        _ = reader.Read();
        var places = Places(reader.Read());
        var used = KeysOf(places);
        var types = TypesOf(reader.References);
        var keys = reader.Read() as List<object?> ?? throw new FormatException("it lacks the list of its storages");
        Dictionary<string, byte[]> storages = new(StringComparer.Ordinal);
        var header = new byte[sizeof(long)];
        foreach (var key in keys.OfType<string>())
        {
            stream.ReadExactly(header);
            var count = BinaryPrimitives.ReadInt64LittleEndian(header);
            if (!types.TryGetValue(key, out var type))
                throw new FormatException($"it is damaged: nothing in it says of which type the numbers of its storage '{key}' are");
            var size = SizeOf(key, type);
            if (count < 0 || count > (stream.Length - stream.Position) / size)
                throw new FormatException($"it is damaged or was cut short: its storage '{key}' claims {count} numbers, more than follow");
            // Checkpoints have numbers beside the weights, such as those of an optimizer.
            if (!used.Contains(key))
            {
                stream.Position += count * size;
                continue;
            }
            storages[key] = NewContent($"its storage '{key}'", count * size);
            stream.ReadExactly(storages[key]);
        }
        return Entries(places, storages);
    }

    /// <summary>The type of each storage, of weights and of everything else.</summary>
    private static Dictionary<string, PickledName> TypesOf(IEnumerable<PickledReference> references)
    {
        Dictionary<string, PickledName> types = new(StringComparer.Ordinal);
        foreach (var reference in references)
        {
            if (StorageOf(reference) is { } storage)
                types.TryAdd(storage.Key, storage.Type);
        }
        return types;
    }

    private static int SizeOf(string key, PickledName type) => Types.TryGetValue(type.Name, out var known)
        ? SafeTensorEntry.SizeOf(known)!.Value
        : throw new FormatException($"its storage '{key}' is of the type {type}, which is not read. Save the weights alone: torch.save(model.state_dict(), 'weights.pth')");

    private static Dictionary<string, Place> Places(object? root)
    {
        if (root is PickledCall { Function: var type })
        {
            throw new FormatException(
                $"it is a pickled module ({type}), not its weights: it could be read only by running its code. In Python: torch.save(model.state_dict(), 'weights.pth'), or safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')");
        }
        if (root is not Dictionary<string, object?> entries)
            throw new FormatException("it holds something else than tensors by name, as state_dict() makes them");
        // Checkpoints have the weights among other things. One level: in a pickle a dictionary may contain itself.
        foreach (var wrapper in Wrappers)
        {
            if (entries.TryGetValue(wrapper, out var inner) && inner is Dictionary<string, object?> wrapped)
            {
                entries = wrapped;
                break;
            }
        }
        Dictionary<string, Place> places = new(StringComparer.Ordinal);
        foreach (var (name, value) in entries)
        {
            if (Tensor(name, value) is { } place)
                places[name] = place;
        }
        var bytes = places.Values.Sum(place => (double)SafeTensorEntry.SizeOf(place.Type)! * place.Shape.Aggregate(1.0, (product, length) => product * length));
        if (bytes > LargestFile)
            throw new FormatException($"its tensors claim {bytes:0} bytes, more than a file of weights has");
        return places.Count > 0 ? places : throw new FormatException("it holds no tensors by name, as state_dict() makes them");
    }

    private static Place? Tensor(string name, object? value)
    {
        // A parameter is of a tensor, not of another parameter.
        if (value is PickledCall { Function.Name: "_rebuild_parameter", Arguments: [var inner, ..] })
            value = inner;
        if (value is not PickledCall { Function: var function, Arguments: var arguments })
            return null;
        if (function.Name.Contains("qtensor", StringComparison.Ordinal))
            throw new FormatException($"the tensor '{name}' is quantized; weights of type F32 are expected. Save those of the network before it was quantized");
        if (function.Name == "_rebuild_tensor_v2"
            && arguments is [PickledReference reference, long offset, object?[] { Length: <= MostAxes } shape, object?[] { Length: <= MostAxes } strides, ..]
            && StorageOf(reference) is { } storage)
        {
            return new(storage.Key, TypeOf(name, storage.Type), offset, [.. shape.Cast<long>()], [.. strides.Cast<long>()]);
        }
        throw new FormatException($"'{name}' is a {function}, not a plain tensor. Save the weights alone: torch.save(model.state_dict(), 'weights.pth')");
    }

    /// <summary>Key and type of the storage that a reference is to; null where it is to something else.</summary>
    private static (string Key, PickledName Type)? StorageOf(PickledReference reference) =>
        reference.Id is object?[] and ["storage", PickledName type, string { Length: <= PickleReader.LongestName } key, ..] ? (key, type) : null;

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
