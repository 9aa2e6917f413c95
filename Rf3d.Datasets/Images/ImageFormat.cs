namespace Rf3d.Datasets;

/// <summary>The format of the content of an image file.</summary>
internal enum ImageFormat
{
    /// <summary>None that is known.</summary>
    None,
    Jpeg,
    Png,
    Bmp,
    Gif,
    WebP,
    Tiff,

    /// <summary>PBM, PGM or PPM.</summary>
    Netpbm,
    Tga,

    /// <summary>HEIC, or another image in an HEIF container.</summary>
    Heif,
    Avif,
}
