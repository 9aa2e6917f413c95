using System.Text.RegularExpressions;

namespace Rf3d.Datasets;

/// <summary>
/// Tells by the name of a file what of MNIST it has: <c>train-images-idx3-ubyte</c>, also with a dot before <c>idx3</c>, with something before it, as EMNIST has, and with .gz behind it.
/// </summary>
internal static partial class MnistFileNames
{
    /// <param name="fileName">The name, without folders.</param>
    /// <returns>The part, and whether it has images, or else labels; null for other files.</returns>
    public static (MnistSplit Split, bool HasImages)? Of(string fileName) => !fileName.StartsWith('.') && FileName().Match(fileName) is { Success: true } match
        ? (match.Groups["part"].Value == "train" ? MnistSplit.Train : MnistSplit.Test, match.Groups["images"].Success)
        : null;

    [GeneratedRegex(@"(^|[-_.])(?<part>train|t10k|test)-((?<images>images)[-.]idx3|labels[-.]idx1)-ubyte(\.gz)?$")]
    private static partial Regex FileName();
}
