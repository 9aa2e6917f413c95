using System.Buffers.Binary;

namespace Rf3d.Fuzz;

/// <summary>The chunks of a PNG: length, name, data, checksum.</summary>
internal static class PngChunks
{
    private const int SignatureLength = 8;
    private const int Around = 12;

    /// <summary>The content with right checksums, as far as its chunks can be followed. Content that is no PNG stays as it is.</summary>
    public static byte[] Reseal(byte[] content)
    {
        if (!content.AsSpan().StartsWith([(byte)0x89, .. "PNG"u8]))
            return content;
        var sealedContent = content.ToArray();
        for (long place = SignatureLength; place + Around <= sealedContent.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(sealedContent.AsSpan((int)place));
            if (place + Around + length > sealedContent.Length)
                break;
            var checksum = Checksum(sealedContent.AsSpan((int)place + 4, (int)length + 4));
            BinaryPrimitives.WriteUInt32BigEndian(sealedContent.AsSpan((int)(place + 8 + length)), checksum);
            place += Around + length;
        }
        return sealedContent;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var checksum = uint.MaxValue;
        foreach (var value in bytes)
        {
            checksum ^= value;
            for (var bit = 0; bit < 8; bit++)
                checksum = (checksum >> 1) ^ ((checksum & 1) * 0xEDB88320u);
        }
        return ~checksum;
    }
}
