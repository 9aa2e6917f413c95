using System.CommandLine;
using Rf3d.Datasets;

namespace Rf3d.ModelBuilder;

/// <summary>The option --max-megapixels, alike in every command that opens images.</summary>
internal sealed class ImageSizeLimit
{
    public const int DefaultMegapixels = (int)(ImageReader.DefaultMaxPixels / Megapixel);

    private const long Megapixel = 1_000_000;

    public ImageSizeLimit() => OptionLimits.AtLeast(Option, 1);

    public Option<int> Option { get; } = new("--max-megapixels")
    {
        HelpName = "N",
        Description = "Size of the largest images that are read, in megapixels. Larger images are refused. One megapixel takes 4 MB of memory during decoding.",
        DefaultValueFactory = _ => DefaultMegapixels,
    };

    public static long Pixels(int megapixels) => megapixels * Megapixel;

    public long Pixels(ParseResult arguments) => Pixels(arguments.GetValue(Option));
}
