using System.Globalization;
using System.Text.RegularExpressions;

namespace Rf3d.Planning;

/// <summary>
/// Names of a ResNet's layers in torchvision and timm. ResNet-D shows in the names: its stem is numbered as a sequence, <c>conv1.0</c> and so on, and the
/// first module on its shortcuts is the average pooling, so that the convolution is <c>downsample.1</c>.
/// </summary>
/// <param name="HasDeepStem">Whether the stem has three kernels, as in ResNet-C and ResNet-D.</param>
/// <param name="HasPooledShortcuts">Whether pooling precedes the projections, as in ResNet-D.</param>
internal readonly partial record struct ResNetNames(bool HasDeepStem, bool HasPooledShortcuts)
{
    private const int AxesOfConvolution = 4;

    /// <param name="dimensions">The file's tensors: number of axes by name.</param>
    public static ResNetNames Of(IReadOnlyDictionary<string, int> dimensions) => new(
        dimensions.Keys.Any(name => DeepStem().IsMatch(name)),
        dimensions.Any(tensor => tensor.Value == AxesOfConvolution && tensor.Key.EndsWith(".downsample.1.weight", StringComparison.Ordinal)));

    /// <summary>Our name of a layer; with ".norm" at its end for a batch normalisation. Null for other layers.</summary>
    public string? Layer(string name)
    {
        switch (name)
        {
            case "conv1.0":
                return "stem.block1.layer1";
            case "conv1.1":
                return "stem.block1.layer1.norm";
            case "conv1.3":
                return "stem.block2.layer1";
            case "conv1.4":
                return "stem.block2.layer1.norm";
            case "conv1.6":
                return "stem.block3.layer1";
            case "bn1" when HasDeepStem:
                return "stem.block3.layer1.norm";
        }
        if (Kernel().Match(name) is { Success: true } kernel)
            return $"stage{kernel.Groups[1]}.block{Next(kernel.Groups[2])}.layer{kernel.Groups[4]}{(kernel.Groups[3].Value == "bn" ? ".norm" : "")}";
        if (Projection().Match(name) is not { Success: true } projection)
            return null;
        var block = $"stage{projection.Groups[1]}.block{Next(projection.Groups[2])}.projection";
        return (projection.Groups[3].Value, HasPooledShortcuts) switch
        {
            ("0", false) or ("1", true) => block,
            ("1", false) or ("2", true) => $"{block}.norm",
            _ => null,
        };
    }

    private static string Next(Group digits) => (int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?:module\.)?conv1\.0\.weight$")]
    private static partial Regex DeepStem();

    [GeneratedRegex(@"^layer([1-9])\.([0-9]{1,4})\.(conv|bn)([1-9])$")]
    private static partial Regex Kernel();

    [GeneratedRegex(@"^layer([1-9])\.([0-9]{1,4})\.downsample\.([0-2])$")]
    private static partial Regex Projection();
}
