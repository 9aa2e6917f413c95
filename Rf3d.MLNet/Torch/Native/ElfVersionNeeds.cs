using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Rf3d.MLNet;

/// <summary>
/// The symbol versions that an ELF library wants from the libraries it links (its section <c>.gnu.version_r</c>), and a way to stop it
/// from insisting on some of them.
/// </summary>
/// <remarks>
/// The dynamic linker refuses a library as soon as one wanted version is missing, whether or not anything of that version is used.
/// <c>libLibTorchSharp.so</c> is refused for one such version: its compiler noted <c>std::ios_base_library_init</c>, a marker that no
/// code calls, so that a libstdc++ that leaves it to the program to set up <c>std::cout</c> is not taken by mistake. Here that is no
/// mistake: a libtorch that loads beside such a libstdc++ was compiled for it, and sets the streams up itself before TorchSharp's
/// library starts.
/// </remarks>
internal static class ElfVersionNeeds
{
    private const string HarmlessSymbol = "_ZSt21ios_base_library_initv";
    private const uint DynamicSymbols = 11, Relocations = 9, RelocationsWithAddend = 4;
    private const uint VersionNeeds = 0x6ffffffe, SymbolVersions = 0x6fffffff;
    private const ushort Weak = 0x2, VersionIndexMask = 0x7fff;
    private const int HeaderSize = 64, SymbolSize = 24;

    private readonly record struct Section(int Number, uint Type, int Offset, int Size, uint Link);

    private readonly record struct Need(string Version, int FlagsOffset, ushort Flags, ushort Index);

    /// <summary>The versions whose name begins with <c>GLIBCXX_</c> that <paramref name="elf"/> insists on.</summary>
    /// <exception cref="BadImageFormatException">The bytes are no 64-bit little-endian ELF file, or a damaged one.</exception>
    public static IReadOnlyList<string> Read(ReadOnlySpan<byte> elf) =>
        [.. ReadNeeds(elf, ReadSections(elf)).Where(need => (need.Flags & Weak) == 0).Select(need => need.Version)];

    /// <summary>Copies <paramref name="elf"/> so that the dynamic linker loads it without the named versions.</summary>
    /// <param name="elf">The library; it is not changed.</param>
    /// <param name="versions">The versions to do without. Only names that begin with <c>GLIBCXX_</c> are looked at.</param>
    /// <param name="patched">The copy, or null when <paramref name="elf"/> insists on none of the versions.</param>
    /// <returns>Whether there was anything to change.</returns>
    /// <exception cref="BadImageFormatException">The bytes are no 64-bit little-endian ELF file, or a damaged one.</exception>
    /// <exception cref="NotSupportedException">The library uses something of a named version, so it cannot do without.</exception>
    public static bool TryWeaken(ReadOnlySpan<byte> elf, IReadOnlyCollection<string> versions, [NotNullWhen(true)] out byte[]? patched)
    {
        patched = null;
        var sections = ReadSections(elf);
        var needs = ReadNeeds(elf, sections).Where(need => (need.Flags & Weak) == 0 && versions.Contains(need.Version)).ToList();
        if (needs.Count == 0)
            return false;

        RequireUnused(elf, sections, needs);
        patched = elf.ToArray();
        foreach (var need in needs)
            BinaryPrimitives.WriteUInt16LittleEndian(patched.AsSpan(need.FlagsOffset), (ushort)(need.Flags | Weak));
        return true;
    }

    private static void RequireUnused(ReadOnlySpan<byte> elf, List<Section> sections, List<Need> needs)
    {
        var table = sections.Find(section => section.Type == DynamicSymbols);
        var versions = sections.Find(section => section.Type == SymbolVersions);
        if (table.Size == 0 || versions.Size / 2 != table.Size / SymbolSize)
            throw Damaged("its symbols and their versions do not match");

        var names = SectionAt(sections, table.Link);
        var symbols = new HashSet<uint>();
        for (var i = 0; i < table.Size / SymbolSize; i++)
        {
            var index = UInt16(elf, versions.Offset + 2 * i) & VersionIndexMask;
            var need = needs.Find(need => need.Index == index);
            if (need.Version is null)
                continue;

            // Unused symbols would do no harm either, but only of this one is it known what its absence means.
            var name = Name(elf, names, UInt32(elf, table.Offset + SymbolSize * i));
            if (name != HarmlessSymbol)
                throw new NotSupportedException($"It cannot do without {need.Version}: it uses {name}.");
            symbols.Add((uint)i);
        }

        foreach (var section in sections.Where(section => section.Link == table.Number))
        {
            if (section.Type is not (Relocations or RelocationsWithAddend))
                continue;

            // Each entry starts with where (8 bytes), how (4 bytes) and which symbol (4 bytes).
            var size = section.Type == Relocations ? 16 : 24;
            for (var offset = 0; offset + size <= section.Size; offset += size)
                if (symbols.Contains(UInt32(elf, section.Offset + offset + 12)))
                    throw new NotSupportedException($"It cannot do without {needs[0].Version}: it calls {HarmlessSymbol}.");
        }
    }

    private static List<Need> ReadNeeds(ReadOnlySpan<byte> elf, List<Section> sections)
    {
        var needs = new List<Need>();
        var section = sections.Find(section => section.Type == VersionNeeds);
        if (section.Size == 0)
            return needs;

        var names = SectionAt(sections, section.Link);
        // For each library a list of versions. Both levels are chains of distances to the next entry, ended by a distance of zero, as the
        // dynamic linker reads them; every other distance moves on, so the section's end also ends a damaged chain.
        var table = elf.Slice(section.Offset, section.Size);
        uint nextFile, nextEntry;
        for (long file = 0; ; file += nextFile)
        {
            for (var entry = file + UInt32(table, file + 8); ; entry += nextEntry)
            {
                var version = Name(elf, names, UInt32(table, entry + 8));
                if (version.StartsWith("GLIBCXX_", StringComparison.Ordinal))
                    needs.Add(new Need(version, section.Offset + (int)entry + 4, UInt16(table, entry + 4), UInt16(table, entry + 6)));
                if ((nextEntry = UInt32(table, entry + 12)) == 0)
                    break;
            }

            if ((nextFile = UInt32(table, file + 12)) == 0)
                return needs;
        }
    }

    private static List<Section> ReadSections(ReadOnlySpan<byte> elf)
    {
        // Magic number, 64 bits, little-endian: common to x64 and arm64.
        if (elf.Length < HeaderSize || !elf.StartsWith<byte>([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
            throw new BadImageFormatException("It is not a 64-bit little-endian ELF file.");

        var sections = new List<Section>();
        var start = UInt64(elf, 0x28);
        var size = UInt16(elf, 0x3a);
        var count = UInt16(elf, 0x3c);
        if (count == 0 || size < HeaderSize || start > (ulong)elf.Length || elf.Length - (long)start < count * size)
            throw Damaged("it has no section headers");

        for (var i = 0; i < count; i++)
        {
            var header = (long)start + (long)i * size;
            var type = UInt32(elf, header + 4);
            var offset = UInt64(elf, header + 0x18);
            var length = UInt64(elf, header + 0x20);
            // Sections without content in the file (.bss) may claim any size.
            var fits = offset <= (ulong)elf.Length && length <= (ulong)elf.Length - offset;
            if (!fits && type is DynamicSymbols or Relocations or RelocationsWithAddend or VersionNeeds or SymbolVersions)
                throw Damaged($"section {i} ends beyond the file");
            sections.Add(new Section(i, type, fits ? (int)offset : 0, fits ? (int)length : 0, UInt32(elf, header + 0x28)));
        }

        return sections;
    }

    private static Section SectionAt(List<Section> sections, uint number) =>
        number < sections.Count ? sections[(int)number] : throw Damaged($"it has no section {number}");

    private static string Name(ReadOnlySpan<byte> elf, Section names, uint at)
    {
        var rest = at < names.Size ? elf.Slice(names.Offset + (int)at, names.Size - (int)at) : default;
        var end = rest.IndexOf((byte)0);
        return end >= 0 ? Encoding.Latin1.GetString(rest[..end]) : throw Damaged("a name lies outside its table");
    }

    private static ushort UInt16(ReadOnlySpan<byte> elf, long at) => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(elf, at, 2));

    private static uint UInt32(ReadOnlySpan<byte> elf, long at) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(elf, at, 4));

    private static ulong UInt64(ReadOnlySpan<byte> elf, long at) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(elf, at, 8));

    private static ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> elf, long at, int count) =>
        at >= 0 && at <= elf.Length - count ? elf.Slice((int)at, count) : throw Damaged("it ends too early");

    private static BadImageFormatException Damaged(string why) => new($"The ELF file is damaged: {why}.");
}
