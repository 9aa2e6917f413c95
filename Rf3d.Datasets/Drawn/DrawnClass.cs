namespace Rf3d.Datasets;

internal enum DrawnColour
{
    Red,
    Blue,
}

internal enum DrawnTexture
{
    Plain,
    Striped,
    Checked,
}

internal enum DrawnOutline
{
    Disc,
    Cross,
    Triangle,
}

/// <summary>The common properties of the images of one class; all others are random.</summary>
internal readonly record struct DrawnClass(DrawnColour Colour, DrawnTexture Texture, DrawnOutline Outline)
{
    /// <summary>
    /// Ten of the eighteen combinations, five in each colour, such that no one of colour, texture and outline tells the class, and
    /// each of them is all that tells some two classes apart.
    /// </summary>
    public static IReadOnlyList<DrawnClass> All { get; } =
    [
        new(DrawnColour.Red, DrawnTexture.Plain, DrawnOutline.Disc),
        new(DrawnColour.Red, DrawnTexture.Striped, DrawnOutline.Disc),
        new(DrawnColour.Blue, DrawnTexture.Striped, DrawnOutline.Disc),
        new(DrawnColour.Blue, DrawnTexture.Checked, DrawnOutline.Disc),
        new(DrawnColour.Red, DrawnTexture.Striped, DrawnOutline.Cross),
        new(DrawnColour.Red, DrawnTexture.Checked, DrawnOutline.Cross),
        new(DrawnColour.Blue, DrawnTexture.Plain, DrawnOutline.Cross),
        new(DrawnColour.Red, DrawnTexture.Plain, DrawnOutline.Triangle),
        new(DrawnColour.Blue, DrawnTexture.Striped, DrawnOutline.Triangle),
        new(DrawnColour.Blue, DrawnTexture.Checked, DrawnOutline.Triangle),
    ];

    public string Name => $"{Colour} {Texture} {Outline}".ToLowerInvariant();
}
