using System.Buffers.Binary;
using System.Text;

namespace Rf3d.MLNet;

/// <summary>The kind of a file of weights.</summary>
internal enum WeightsFileKind
{
    /// <summary>Tensors by name in the safetensors form.</summary>
    SafeTensors,

    /// <summary>A state_dict of PyTorch, in one of its two forms.</summary>
    StateDict,

    /// <summary>A .zip of another program than PyTorch: a saved model, if any of these.</summary>
    OtherZip,

    /// <summary>None of the others: an ONNX network, if any of these.</summary>
    Other,
}

/// <summary>Finds the kind of a file of weights by its content alone: extensions such as .pt and .bin are used for several kinds.</summary>
internal static class WeightsFile
{
    private const int LocalHeader = 30;
    private const int PlaceOfNameLength = 26;

    /// <summary>The kind of a file; null where there is none.</summary>
    public static WeightsFileKind? KindOf(string path)
    {
        if (!File.Exists(path))
            return null;
        using var content = File.OpenRead(path);
        return KindOf(content);
    }

    /// <summary>The kind of a file. The position is at the beginning afterwards.</summary>
    public static WeightsFileKind KindOf(Stream content)
    {
        if (SafeTensors.Is(content))
            return WeightsFileKind.SafeTensors;
        if (!TorchStateDict.Is(content))
            return WeightsFileKind.Other;
        var isZip = content.ReadByte() == 'P';
        content.Position = 0;
        // The list of entries is at the end, and missing in a file that was cut short.
        var kind = !isZip || TorchStateDict.IsZip(content) || FirstEntry(content).EndsWith("/data.pkl", StringComparison.Ordinal) ? WeightsFileKind.StateDict : WeightsFileKind.OtherZip;
        content.Position = 0;
        return kind;
    }

    /// <summary>Name of the first entry of a .zip, by the header before its data; empty where it is not whole.</summary>
    private static string FirstEntry(Stream content)
    {
        content.Position = 0;
        Span<byte> header = stackalloc byte[LocalHeader];
        if (content.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length)
            return "";
        var name = new byte[BinaryPrimitives.ReadUInt16LittleEndian(header[PlaceOfNameLength..])];
        return Encoding.UTF8.GetString(name, 0, content.ReadAtLeast(name, name.Length, throwOnEndOfStream: false));
    }
}
