using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// RandAugment's choices for one batch: which operations each image goes through, and to which side. Geometry is asked for as maps, for one
/// resampling; colours are applied one operation at a time to those images that drew it.
/// </summary>
internal sealed class RandAugmenter
{
    private const double MaxMagnitude = 30;

    private readonly RandAugment _options;
    private readonly List<(Tensor Kinds, Tensor Signs)> _drawn;

    public RandAugmenter(RandAugment options, long count, RandomDraws draws)
    {
        _options = options;
        _drawn = [.. Enumerable.Range(0, options.Operations).Select(_ => (draws.Choice(count, Enum.GetValues<Kind>().Length), draws.Sign(count)))];
    }

    // The operations on an image. Choices are drawn from their number; posterize and those after it go to one side only.
    private enum Kind
    {
        Identity,
        ShearX,
        ShearY,
        ShiftX,
        ShiftY,
        Rotate,
        Brightness,
        Contrast,
        Saturation,
        Sharpness,
        Posterize,
        Solarize,
        AutoContrast,
        Equalize,
    }

    private double Strength => _options.Magnitude / MaxMagnitude;

    /// <summary>The drawn geometry put together. [n, 3, 3]</summary>
    public Tensor Maps(int height, int width) => _drawn
        .Select(drawn => Map(drawn.Kinds.SendTo(drawn.Signs.device), drawn.Signs, height, width))
        .Aggregate((all, map) => all.bmm(map));

    /// <summary>The drawn colours, in their order.</summary>
    public Tensor Colours(Tensor images)
    {
        foreach (var (kinds, signs) in _drawn)
        {
            for (var kind = Kind.Brightness; kind <= Kind.Equalize; kind++)
            {
                var rows = kinds.Is((long)kind).nonzero().flatten().SendTo(images.device);
                if (rows.shape[0] > 0)
                    images = images.index_copy(0, rows, Colour(kind, images.index_select(0, rows), signs.index_select(0, rows)));
            }
        }
        return images;
    }

    private Tensor Map(Tensor kinds, Tensor signs, int height, int width)
    {
        // An operation that an image has not drawn has strength 0, its map is the identity.
        Tensor By(Kind kind, double most) => (signs * kinds.Is((long)kind)).Times(most * Strength);
        return AffineMaps.Shear(By(Kind.ShearX, 0.3), By(Kind.ShearY, 0.3), height, width)
            .bmm(AffineMaps.Shift(By(Kind.ShiftX, 150.0 / 331), By(Kind.ShiftY, 150.0 / 331)))
            .bmm(AffineMaps.Rotation(By(Kind.Rotate, Math.PI / 6), height, width));
    }

    private Tensor Colour(Kind kind, Tensor images, Tensor signs)
    {
        var factors = signs.Times(0.9 * Strength).PlusInPlace(1);
        return kind switch
        {
            Kind.Brightness => ColourOperations.Brightness(images, factors),
            Kind.Contrast => ColourOperations.Contrast(images, factors),
            Kind.Saturation => ColourOperations.Saturation(images, factors),
            Kind.Sharpness => ColourOperations.Sharpness(images, factors),
            Kind.Posterize => ColourOperations.Posterize(images, 8 - (int)Math.Round(4 * Strength)),
            // At strength 0 even white stays.
            Kind.Solarize => Strength > 0 ? ColourOperations.Solarize(images, 255 * (1 - Strength)) : images,
            Kind.AutoContrast => ColourOperations.AutoContrast(images),
            Kind.Equalize => ColourOperations.Equalize(images),
            _ => throw new InvalidOperationException($"{kind} is no operation on colours."),
        };
    }
}
