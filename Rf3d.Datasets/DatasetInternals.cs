using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using SkiaSharp;

namespace Rf3d.Datasets;

/// <summary>
/// Internal members of ML.NET that data sets need: the one place of the library that reaches behind the public API. A test for each tells when
/// an update of ML.NET has moved it.
/// </summary>
internal static class DatasetInternals
{
    /// <summary>The environment behind <c>mlContext.Data</c>, which is all that an extension method there gets. Its log is the user's.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Microsoft.ML.Data.IInternalCatalog.get_Environment")]
    public static extern IHostEnvironment EnvironmentOf(DataOperationsCatalog catalog);

    /// <summary>
    /// An image of these very pixels, which are its own from now on. The public API copies them, and ML.NET's resizing copies once more an image that may
    /// still be written to: a large photograph lay in memory three times for each thread that decodes.
    /// </summary>
    public static MLImage ImageOf(SKBitmap bitmap)
    {
        bitmap.SetImmutable();
        return NewImage(bitmap);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern MLImage NewImage(SKBitmap bitmap);
}
