using System.Xml.Linq;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>Pictures in the page.</summary>
internal static class Images
{
    // Smaller ones are shown larger than they are, and then with their pixels as they are.
    private const int SmallSide = 64;

    public static XElement Of(Picture picture, string description, string kind = "") => E("img",
        A("src", picture.Uri), A("alt", description), A("width", picture.Width), A("height", picture.Height),
        Class((Math.Max(picture.Width, picture.Height) <= SmallSide ? "pixels " : "") + kind));
}
