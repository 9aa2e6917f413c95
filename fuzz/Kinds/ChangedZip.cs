using System.IO.Compression;
using Rf3d.Datasets;

namespace Rf3d.Fuzz;

/// <summary>A .zip in which one entry has changed bytes, with right lengths and checksums.</summary>
internal static class ChangedZip
{
    public static (byte[] Content, string Change) Of(ref SplitMix64 random, byte[] content, Corpus corpus)
    {
        using var from = new ZipArchive(new MemoryStream(content));
        var changed = random.Below(from.Entries.Count);
        var change = "";
        using var copy = new MemoryStream();
        using (var to = new ZipArchive(copy, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (var i = 0; i < from.Entries.Count; i++)
            {
                using var source = from.Entries[i].Open();
                using var bytes = new MemoryStream();
                source.CopyTo(bytes);
                var entry = bytes.ToArray();
                if (i == changed)
                    (entry, change) = Mutator.Change(ref random, entry, corpus);
                var same = to.CreateEntry(from.Entries[i].FullName);
                same.LastWriteTime = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using var target = same.Open();
                target.Write(entry);
            }
        }
        return (copy.ToArray(), $"in the entry {from.Entries[changed].FullName}: {change}");
    }
}
