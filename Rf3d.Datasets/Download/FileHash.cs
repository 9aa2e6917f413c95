using System.Security.Cryptography;

namespace Rf3d.Datasets;

/// <summary>The MD5 of a file, as data sets are published with: it finds damage, not forgery.</summary>
internal static class FileHash
{
    public static async Task<string> Md5Async(Stream stream, CancellationToken cancellationToken)
    {
#pragma warning disable CA5351 // The publisher gives MD5 hashes.
        var hash = await MD5.HashDataAsync(stream, cancellationToken).ConfigureAwait(false);
#pragma warning restore CA5351
        return Convert.ToHexStringLower(hash);
    }
}
