using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Rf3d.ModelBuilder;

/// <summary>Where the page is, and which images it takes.</summary>
/// <param name="Address">The address to listen on.</param>
/// <param name="Port">The port; 0 for any that is free.</param>
/// <param name="MaxPixels">Images with more pixels are refused.</param>
/// <param name="ApplyOrientation">Whether photographs are turned upright.</param>
internal sealed record SiteSettings(IPAddress Address, int Port, long MaxPixels, bool ApplyOrientation)
{
    /// <summary>Larger uploads are refused.</summary>
    public const long MaxUploadBytes = 100_000_000;

    /// <summary>Bytes that all uploads together have in memory at most; those that do not fit get status 429.</summary>
    public const long MaxUploadMemory = 4 * MaxUploadBytes;

    /// <summary>Requests that are received or wait while all cores classify; further ones get status 429.</summary>
    public const int MaxWaiting = 100;

    /// <summary>The average rate below which an upload is ended, after the first half minute.</summary>
    public static MinDataRate MinUploadRate { get; } = new(bytesPerSecond: 5_000, gracePeriod: TimeSpan.FromSeconds(30));

    /// <summary>Whether only this machine reaches the page.</summary>
    public bool IsLocal => IPAddress.IsLoopback(Address);
}
