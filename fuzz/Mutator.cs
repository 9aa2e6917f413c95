using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Rf3d.Datasets;

namespace Rf3d.Fuzz;

/// <summary>Changes of a content at random places.</summary>
internal static class Mutator
{
    private const int MostPieces = 8;
    private const int EndLength = 600;

    // Lengths and counts at the edges of types, and around the limits of readers.
    private static readonly long[] Numbers =
        [0, 1, -1, 2, 127, 128, 255, 256, short.MaxValue, ushort.MaxValue, 65_536, 1 << 20, 100_000_000, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, long.MaxValue, long.MinValue];

    private static readonly string[] Digits = ["0", "-1", "9", "99999", "2147483647", "4294967296", "9223372036854775807", "1e999", "null"];

    /// <summary>One change, and its description.</summary>
    public static (byte[] Content, string Change) Change(ref SplitMix64 random, byte[] content, Corpus corpus)
    {
        if (content.Length == 0)
            return ([(byte)random.Below(256)], "a byte in an empty file");
        return random.Below(10) switch
        {
            0 or 1 => FlipBits(ref random, content),
            2 => ReplaceBytes(ref random, content),
            3 => Truncate(ref random, content),
            4 => Insert(ref random, content),
            5 => Delete(ref random, content),
            6 => SwapPieces(ref random, content),
            7 => Splice(ref random, content, corpus),
            8 => EditLength(ref random, content),
            _ => EditDigits(ref random, content),
        };
    }

    private static (byte[], string) FlipBits(ref SplitMix64 random, byte[] content)
    {
        var changed = content.ToArray();
        var count = 1 + random.Below(MostPieces);
        for (var i = 0; i < count; i++)
            changed[Place(ref random, content.Length)] ^= (byte)(1 << random.Below(8));
        return (changed, Text($"{count} bits flipped"));
    }

    private static (byte[], string) ReplaceBytes(ref SplitMix64 random, byte[] content)
    {
        var changed = content.ToArray();
        var count = 1 + random.Below(MostPieces);
        for (var i = 0; i < count; i++)
        {
            changed[Place(ref random, content.Length)] = random.Below(5) switch
            {
                0 => 0,
                1 => 0xFF,
                2 => 0x7F,
                3 => 0x80,
                _ => (byte)random.Below(256),
            };
        }
        return (changed, Text($"{count} bytes replaced"));
    }

    private static (byte[], string) Truncate(ref SplitMix64 random, byte[] content)
    {
        var length = Place(ref random, content.Length);
        return (content[..length], Text($"cut to {length} bytes"));
    }

    private static (byte[], string) Insert(ref SplitMix64 random, byte[] content)
    {
        var (place, length) = (Place(ref random, content.Length), random.Below(20) == 0 ? 65_536 : 1 + random.Below(64));
        var piece = new byte[length];
        if (random.Below(2) == 0)
            Array.Fill(piece, (byte)random.Below(256));
        else
        {
            for (var i = 0; i < length; i++)
                piece[i] = (byte)random.Below(256);
        }
        return ([.. content.AsSpan(0, place), .. piece, .. content.AsSpan(place)], Text($"{length} bytes inserted at {place}"));
    }

    private static (byte[], string) Delete(ref SplitMix64 random, byte[] content)
    {
        var place = Place(ref random, content.Length);
        var length = Math.Min(1 + random.Below(64), content.Length - place);
        return ([.. content.AsSpan(0, place), .. content.AsSpan(place + length)], Text($"{length} bytes deleted at {place}"));
    }

    private static (byte[], string) SwapPieces(ref SplitMix64 random, byte[] content)
    {
        var (one, other) = (Place(ref random, content.Length), Place(ref random, content.Length));
        (one, other) = (Math.Min(one, other), Math.Max(one, other));
        var length = Math.Min(1 + random.Below(512), Math.Min(other - one, content.Length - other));
        var changed = content.ToArray();
        content.AsSpan(one, length).CopyTo(changed.AsSpan(other));
        content.AsSpan(other, length).CopyTo(changed.AsSpan(one));
        return (changed, Text($"{length} bytes at {one} and {other} swapped"));
    }

    private static (byte[], string) Splice(ref SplitMix64 random, byte[] content, Corpus corpus)
    {
        var other = corpus.Files[random.Below(corpus.Files.Count)].Content;
        var (place, from) = (Place(ref random, content.Length), Place(ref random, other.Length));
        var length = Math.Min(1 + random.Below(512), Math.Min(content.Length - place, other.Length - from));
        var changed = content.ToArray();
        other.AsSpan(from, length).CopyTo(changed.AsSpan(place));
        return (changed, Text($"{length} bytes at {place} from another file"));
    }

    private static (byte[], string) EditLength(ref SplitMix64 random, byte[] content)
    {
        var width = 1 << (1 + random.Below(3));
        var number = random.Below(4) == 0 ? content.Length + random.Below(17) - 8 : Numbers[random.Below(Numbers.Length)];
        var bytes = new byte[8];
        if (random.Below(2) == 0)
            BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        else
        {
            BinaryPrimitives.WriteInt64BigEndian(bytes, number);
            bytes = bytes[^width..];
        }
        var place = Place(ref random, content.Length);
        var changed = content.ToArray();
        bytes.AsSpan(0, Math.Min(width, content.Length - place)).CopyTo(changed.AsSpan(place));
        return (changed, Text($"the number {number} in {width} bytes at {place}"));
    }

    /// <summary>Of a text in the content; of a content without digits the bits.</summary>
    private static (byte[], string) EditDigits(ref SplitMix64 random, byte[] content)
    {
        var start = Place(ref random, content.Length);
        var found = content.AsSpan(start).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (found < 0)
            return FlipBits(ref random, content);
        var place = start + found;
        var length = content.AsSpan(place).IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        var digits = Digits[random.Below(Digits.Length)];
        return ([.. content.AsSpan(0, place), .. Encoding.ASCII.GetBytes(digits), .. content.AsSpan(place + Math.Max(length, 1))], Text($"the number at {place} is {digits}"));
    }

    /// <summary>Headers and tables stand at the beginning and at the end: half of all places are there.</summary>
    private static int Place(ref SplitMix64 random, int length) => random.Below(8) switch
    {
        0 => random.Below(Math.Min(length, 64)),
        1 or 2 => random.Below(Math.Min(length, 4096)),
        3 => length - 1 - random.Below(Math.Min(length, EndLength)),
        _ => random.Below(length),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
