namespace Rf3d.MLNet;

/// <summary>How much of an image is transparent, before the background is put behind it.</summary>
internal enum Transparency : byte
{
    None,
    Partial,

    /// <summary>Nothing of the image shows.</summary>
    Whole,
}
