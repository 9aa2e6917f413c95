using System.Buffers.Binary;
using System.Text;

namespace Rf3d.MLNet.Tests.Torch.Native;

[TestClass]
public class TorchNativeElfTests
{
    private const string Wanted = "GLIBCXX_3.4.32";

    private static readonly byte[] Original = File.ReadAllBytes(TorchNativeFiles.LibTorchSharp);

    [TestMethod]
    public void The_versions_that_TorchSharp_needs_are_read()
    {
        var versions = ElfVersionNeeds.Read(Original).ToList();

        CollectionAssert.Contains(versions, Wanted);
        CollectionAssert.Contains(versions, "GLIBCXX_3.4");
        Assert.IsTrue(versions.TrueForAll(version => version.StartsWith("GLIBCXX_", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Only_the_flag_of_the_version_changes()
    {
        var before = Original.ToArray();

        Assert.IsTrue(ElfVersionNeeds.TryWeaken(Original, [Wanted], out var patched));

        CollectionAssert.AreEqual(before, Original, "The input is not changed.");
        Assert.AreEqual(Original.Length, patched.Length);
        var changed = Enumerable.Range(0, patched.Length).Where(i => patched[i] != Original[i]).ToList();
        Assert.AreEqual(1, changed.Count);
        Assert.AreEqual(0, Original[changed[0]]);
        Assert.AreEqual(2, patched[changed[0]]);
        // The entry that holds the flag begins with the hash of the version's name.
        Assert.AreEqual(Hash(Wanted), BinaryPrimitives.ReadUInt32LittleEndian(patched.AsSpan(changed[0] - 4)));
    }

    [TestMethod]
    public void A_patched_library_needs_no_second_patch()
    {
        Assert.IsTrue(ElfVersionNeeds.TryWeaken(Original, [Wanted], out var patched));

        Assert.IsFalse(ElfVersionNeeds.TryWeaken(patched, [Wanted], out var twice));
        Assert.IsNull(twice);
        CollectionAssert.DoesNotContain(ElfVersionNeeds.Read(patched).ToList(), Wanted);
    }

    [TestMethod]
    public void There_is_nothing_to_patch_where_the_version_is_not_needed()
    {
        Assert.IsFalse(ElfVersionNeeds.TryWeaken(Original, ["GLIBCXX_3.4.99"], out _));
        Assert.IsFalse(ElfVersionNeeds.TryWeaken(Original, [], out _));
        Assert.IsFalse(ElfVersionNeeds.TryWeaken(Original, ["GLIBC_2.34"], out _), "Only versions of libstdc++ are looked at.");
    }

    [TestMethod]
    public void A_version_that_is_used_is_refused()
    {
        var refusal = Assert.ThrowsExactly<NotSupportedException>(
            () => ElfVersionNeeds.TryWeaken(Original, [Wanted, "GLIBCXX_3.4.21"], out _));

        StringAssert.Contains(refusal.Message, "GLIBCXX_3.4.21");
    }

    [TestMethod]
    public void A_relocation_that_uses_the_marker_is_refused()
    {
        // Points the last relocation at the marker, as if some code called it.
        var called = Original.ToArray();
        var (_, relocations, size) = FindSection(called, type: 4, last: true);
        var symbols = FindSection(called, type: 11, last: false);
        var names = FindSection(called, type: 3, last: false);
        var marker = Enumerable.Range(0, symbols.Size / 24).Single(i => NameOf(i) == "_ZSt21ios_base_library_initv");
        BinaryPrimitives.WriteUInt32LittleEndian(called.AsSpan(relocations + size - 24 + 12), (uint)marker);

        var refusal = Assert.ThrowsExactly<NotSupportedException>(() => ElfVersionNeeds.TryWeaken(called, [Wanted], out _));

        StringAssert.Contains(refusal.Message, "_ZSt21ios_base_library_initv");

        string NameOf(int symbol)
        {
            var at = names.Offset + BinaryPrimitives.ReadInt32LittleEndian(called.AsSpan(symbols.Offset + 24 * symbol));
            return Encoding.ASCII.GetString(called.AsSpan(at, called.AsSpan(at).IndexOf((byte)0)));
        }
    }

    [TestMethod]
    public void Bytes_that_are_no_ELF_file_are_refused()
    {
        var garbage = new byte[10_000];
        new Random(1).NextBytes(garbage);
        var thirtyTwoBits = Original.ToArray();
        thirtyTwoBits[4] = 1;
        var bigEndian = Original.ToArray();
        bigEndian[5] = 2;

        foreach (var bytes in new[] { [], [0x7f], garbage, Encoding.ASCII.GetBytes(new string('x', 100)), thirtyTwoBits, bigEndian })
        {
            Refused(() => ElfVersionNeeds.Read(bytes));
            Refused(() => ElfVersionNeeds.TryWeaken(bytes, [Wanted], out _));
        }
    }

    [TestMethod]
    public void A_truncated_file_is_refused()
    {
        foreach (var length in new[] { 4, 16, 63, 64, 65, 1000, 260_352, 1_000_000, Original.Length - 1984, Original.Length - 1 })
            Refused(() => ElfVersionNeeds.TryWeaken(Original.AsSpan(0, length), [Wanted], out _));
    }

    [TestMethod]
    public void Damage_anywhere_never_leaves_the_file()
    {
        // The headers and the tables that are read, with random bytes in them: each outcome is a result or a clear refusal.
        var random = new Random(1);
        var (table, needs, size) = FindSection(Original, type: 0x6ffffffe, last: false);
        var (read, refused) = (0, 0);
        for (var round = 0; round < 500; round++)
        {
            var damaged = Original.ToArray();
            var (start, length) = (round % 3) switch { 0 => (6, 58), 1 => (needs, size), _ => (table, 31 * 64) };
            for (var i = 0; i < 3; i++)
                damaged[start + random.Next(length)] = (byte)random.Next(256);
            try
            {
                ElfVersionNeeds.TryWeaken(damaged, [Wanted], out _);
                read++;
            }
            catch (Exception e) when (e is BadImageFormatException or NotSupportedException)
            {
                refused++;
            }
        }
        Assert.IsGreaterThan(0, read);
        Assert.IsGreaterThan(0, refused);
    }

    private static void Refused(Action read)
    {
        var refusal = Assert.ThrowsExactly<BadImageFormatException>(read);
        StringAssert.Contains(refusal.Message, "ELF file");
    }

    private static (int Table, int Offset, int Size) FindSection(byte[] elf, uint type, bool last)
    {
        var table = (int)BinaryPrimitives.ReadInt64LittleEndian(elf.AsSpan(0x28));
        var sections = Enumerable.Range(0, BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(0x3c)))
            .Select(i => table + 64 * i)
            .Where(at => BinaryPrimitives.ReadUInt32LittleEndian(elf.AsSpan(at + 4)) == type)
            .Select(at => (table, (int)BinaryPrimitives.ReadInt64LittleEndian(elf.AsSpan(at + 0x18)),
                (int)BinaryPrimitives.ReadInt64LittleEndian(elf.AsSpan(at + 0x20))));
        return last ? sections.Last() : sections.First();
    }

    // The hash of the System V ABI.
    private static uint Hash(string name)
    {
        uint hash = 0;
        foreach (var c in name)
        {
            hash = (hash << 4) + c;
            var high = hash & 0xf0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }

        return hash;
    }
}
