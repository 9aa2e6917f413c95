using System.Globalization;
using System.Text.RegularExpressions;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Variants of ResNet in timm that the catalogue has not, although their kernels may have the shapes of one that it has: found by names, or by timm's config.json.</summary>
internal static partial class ResNetVariant
{
    /// <exception cref="FormatException">It is such a variant; the message names it.</exception>
    public static void RequireKnown(IReadOnlyDictionary<string, SafeTensorEntry> tensors, IReadOnlyDictionary<string, string> names, string? architecture)
    {
        if (Problem(tensors, names, architecture) is { } problem)
            throw new FormatException(problem);
    }

    private static string? Problem(IReadOnlyDictionary<string, SafeTensorEntry> tensors, IReadOnlyDictionary<string, string> names, string? architecture)
    {
        var inUnits = tensors.Keys.Where(tensor => InUnit().IsMatch(tensor) && !names.ContainsKey(tensor) && !tensor.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).ToList();
        if (inUnits.Count > 0)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"its units have {inUnits.Count} tensor(s) that a ResNet has no place for (the first is '{inUnits[0]}'): an attention, as in timm's seresnet50 and ecaresnet50d, or another addition. Plain ResNets and ResNet-D are known here, as resnet50 and resnet50d");
        }
        // The name may be that of other weights in the same folder.
        if (architecture is not null && names.Keys.Any(tensor => InUnit().IsMatch(tensor)) && AntiAliased().IsMatch(architecture))
            return $"it is timm's {architecture}, which averages pixels after its strides (anti-aliasing) and has the tensors of a network that does not. Plain ResNets and ResNet-D are known here, as resnet50 and resnet50d";
        var shown = ResNetNames.Of(tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.Shape.Length));
        if (shown is { HasDeepStem: true, HasPooledShortcuts: false })
            return "it is a ResNet-C (timm's resnet50c and resnet50s), whose first kernel is three and whose shortcuts have a stride. Plain ResNets and ResNet-D are known here, as resnet50 and resnet50d";
        if (shown is { HasDeepStem: false, HasPooledShortcuts: true })
            return "it is a ResNet with one kernel at the start and pooling on its shortcuts. Plain ResNets and ResNet-D are known here, as resnet50 and resnet50d";
        if (!shown.HasDeepStem || Filters("conv1.0") is not { } first || Filters("conv1.3") is not { } second || first == second)
            return null;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"its first two kernels have {first} and {second} filters, as in timm's resnet50t (a tiered stem); in a ResNet-D, as resnet50d, both have the same number");

        long? Filters(string layer) => names.Keys.FirstOrDefault(name => name == $"{layer}.weight" || name == $"module.{layer}.weight") is { } name && tensors[name].Shape is [var filters, ..] ? filters : null;
    }

    [GeneratedRegex(@"^(?:module\.)?layer[1-9]\.[0-9]{1,4}\.")]
    private static partial Regex InUnit();

    [GeneratedRegex("^(?:se|eca)?resnet(?:aa|blur)[0-9]")]
    private static partial Regex AntiAliased();
}
