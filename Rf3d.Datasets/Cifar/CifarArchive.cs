using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Rf3d.Datasets;

/// <summary>
/// Unpacks a .tar.gz once. A compressed archive can only be read from its start, and a shuffled pass reads anywhere;
/// with the files on disk it needs no memory for them. The folder appears whole or not at all.
/// </summary>
internal static class CifarArchive
{
    private const string StampFile = "unpacked-from.txt";

    // Unpacking takes seconds.
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromHours(1);
    private static readonly Lock Gate = new();

    /// <summary>The folder with the archive's files, unpacked now or before.</summary>
    public static string Unpack(string archive, CifarLayout layout)
    {
        var full = Path.GetFullPath(archive);
        return Unpack(full, layout, full + ".unpacked", UserPlace(full));
    }

    /// <summary>Unpacks to the first place, or to the second where the first cannot be written.</summary>
    public static string Unpack(string archive, CifarLayout layout, string place, string otherPlace)
    {
        var stamp = Stamp(archive);
        lock (Gate)
        {
            if (IsFresh(place, stamp))
                return place;
            if (IsFresh(otherPlace, stamp))
                return otherPlace;
            return UnpackTo(CanWrite(place) ? place : otherPlace, archive, stamp, layout);
        }
    }

    /// <summary>Where the archive's own folder is read-only: a folder of the user's, one for each archive path.</summary>
    private static string UserPlace(string archive)
    {
        var root = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        if (root.Length == 0)
            root = Path.GetTempPath();
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(archive)))[..16];
        return Path.Combine(root, "Rf3d.Datasets", $"{Path.GetFileName(archive)}-{hash}.unpacked");
    }

    private static string Stamp(string archive)
    {
        var file = new FileInfo(archive);
        return string.Create(CultureInfo.InvariantCulture, $"{file.Name} {file.Length} bytes, last written {file.LastWriteTimeUtc:O}");
    }

    private static bool IsFresh(string place, string stamp)
    {
        var path = Path.Combine(place, StampFile);
        return File.Exists(path) && File.ReadAllText(path) == stamp;
    }

    private static bool CanWrite(string place)
    {
        var probe = $"{place}.{Guid.NewGuid():N}.probe";
        try
        {
            using var file = new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string UnpackTo(string place, string archive, string stamp, CifarLayout layout)
    {
        DeleteLeftovers(place);
        var work = $"{place}.{Guid.NewGuid():N}.tmp";
        Directory.CreateDirectory(work);
        try
        {
            Extract(archive, work, layout);
            File.WriteAllText(Path.Combine(work, StampFile), stamp);
            Publish(work, place, stamp);
            return place;
        }
        finally
        {
            if (Directory.Exists(work))
                Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>Deletes folders of processes that were killed while they unpacked. One that is younger may still be filled.</summary>
    private static void DeleteLeftovers(string place)
    {
        var full = Path.GetFullPath(place);
        if (!Directory.Exists(Path.GetDirectoryName(full)))
            return;
        foreach (var left in Directory.GetDirectories(Path.GetDirectoryName(full)!, $"{Path.GetFileName(full)}.*"))
        {
            try
            {
                if (Path.GetExtension(left) is ".tmp" or ".old" && DateTime.UtcNow - Directory.GetLastWriteTimeUtc(left) > LeftoverAge)
                    Directory.Delete(left, recursive: true);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It stays and takes space.
            }
        }
    }

    /// <summary>Puts the finished folder in place of an outdated one; another process that was faster is as good.</summary>
    private static void Publish(string work, string place, string stamp)
    {
        if (Directory.Exists(place))
        {
            if (IsFresh(place, stamp))
                return;
            var old = $"{place}.{Guid.NewGuid():N}.old";
            Directory.Move(place, old);
            Directory.Delete(old, recursive: true);
        }
        try
        {
            Directory.Move(work, place);
        }
        catch (IOException) when (IsFresh(place, stamp))
        {
        }
    }

    private static void Extract(string archive, string folder, CifarLayout layout)
    {
        var wanted = layout.AllFiles.ToHashSet(StringComparer.Ordinal);
        try
        {
            using var file = File.OpenRead(archive);
            using var plain = new GZipStream(file, CompressionMode.Decompress);
            using var tar = new TarReader(plain);
            while (tar.GetNextEntry() is { } entry)
            {
                // Only known names, without their folders: nothing in an archive can name a place outside the folder.
                var name = entry.Name[(entry.Name.LastIndexOf('/') + 1)..];
                if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile && wanted.Remove(name))
                    entry.ExtractToFile(Path.Combine(folder, name), overwrite: false);
            }
            // The checksum follows the end of the archive. It is compared when that is read.
            plain.CopyTo(Stream.Null);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new InvalidDataException(
                $"'{archive}' could not be unpacked: {error.Message} The archive is damaged, cut short or not a .tar.gz; download it again.", error);
        }
        if (wanted.Count > 0)
            throw new FileNotFoundException(
                $"'{archive}' lacks {string.Join(", ", wanted.Order(StringComparer.Ordinal))}: it is cut short, or is not the binary version of " +
                $"{layout.Name} ({layout.Archive}).", archive);
    }
}
