using System.Globalization;
using System.Text.RegularExpressions;

namespace Rf3d.Planning;

/// <summary>
/// The names of our layers in the networks that are distributed as PyTorch weights: VGG (with and without batch normalisation; timm has other names for its linear layers); ResNet and timm's
/// ResNet-D (<see cref="ResNetNames"/>); MobileNet in the two spellings of its first version (<c>model.1.0</c>, and timm's <c>blocks.0.0.conv_dw</c>). Of torchvision's MobileNet, version 2 and
/// 3, only the stem and the classifier have a counterpart here: their blocks are others.
/// </summary>
/// <remarks>Names are by stage and unit, so that they hold for a network in which the organizer changed the depths.</remarks>
internal static partial class TorchvisionNames
{
    // MobileNet numbers its units through; stages begin where it strides.
    private static readonly int[] MobileNetDepths = [1, 2, 2, 6, 2];

    /// <summary>From names of the file to those of the weight table; names that mean nothing here are left out.</summary>
    /// <param name="dimensions">The file's tensors: number of axes by name.</param>
    public static IReadOnlyDictionary<string, string> Map(IReadOnlyDictionary<string, int> dimensions)
    {
        Dictionary<string, string> map = new(StringComparer.Ordinal);
        var (vgg, resNet) = (VggLayers(dimensions), ResNetNames.Of(dimensions));
        foreach (var (name, axes) in dimensions)
        {
            // DataParallel puts its own name before the others.
            var plain = name.StartsWith("module.", StringComparison.Ordinal) ? name["module.".Length..] : name;
            var dot = plain.LastIndexOf('.');
            if (dot > 0 && ((resNet.Layer(plain[..dot]) ?? Layer(plain[..dot])) is { } layer || vgg.TryGetValue(plain[..dot], out layer)) && Part(layer, plain[(dot + 1)..]) is { } part)
                map[name] = part;
        }
        return map;
    }

    /// <summary>Our name of a layer; with ".norm" at its end for a batch normalisation.</summary>
    private static string? Layer(string name)
    {
        switch (name)
        {
            case "conv1" or "conv_stem" or "model.0.0" or "features.0.0":
                return "stem.block1.layer1";
            case "bn1" or "model.0.1" or "features.0.1":
                return "stem.block1.layer1.norm";
            case "fc" or "classifier" or "head.fc":
                return "head.classifier";
            case "pre_logits.fc1":
                return "head.hidden1";
            case "pre_logits.fc2":
                return "head.hidden2";
        }
        if (TimmMobileNet().Match(name) is { Success: true } block)
            return $"stage{Next(block.Groups[1])}.block{Next(block.Groups[2])}.{MobileNetLayer(block.Groups[3].Value)}";
        if (MobileNet().Match(name) is { Success: true } unit && Place(Number(unit.Groups[1])) is { } place)
            return $"stage{place.Stage}.block{place.Block}.{MobileNetLayer(unit.Groups[2].Value)}";
        return null;
    }

    private static string MobileNetLayer(string part) => part switch
    {
        "0" or "conv_dw" => "layer1",
        "1" or "bn1" => "layer1.norm",
        "3" or "conv_pw" => "layer2",
        _ => "layer2.norm",
    };

    private static (int Stage, int Block)? Place(int block)
    {
        for (var stage = 1; stage <= MobileNetDepths.Length; block -= MobileNetDepths[stage - 1], stage++)
        {
            if (block <= MobileNetDepths[stage - 1])
                return (stage, block);
        }
        return null;
    }

    /// <summary>
    /// VGG numbers convolutions, activations and poolings through: two convolutions stand 2 apart (3 with batch normalisation between), and one further
    /// where a pooling ends the stage. Its linear layers are numbered with activations and dropout.
    /// </summary>
    private static Dictionary<string, string> VggLayers(IReadOnlyDictionary<string, int> dimensions)
    {
        Dictionary<string, string> layers = new(StringComparer.Ordinal);
        var weights = dimensions.Select(entry => (Match: Numbered().Match(entry.Key), Axes: entry.Value)).Where(entry => entry.Match.Success)
            .Select(entry => (Part: entry.Match.Groups[1].Value, Number: Number(entry.Match.Groups[2]), entry.Axes))
            .OrderBy(entry => entry.Number).ToList();
        var step = weights.Any(weight => weight is { Part: "features", Axes: 1 }) ? 3 : 2;
        var (stage, block, last) = (1, 0, -step);
        foreach (var (_, number, _) in weights.Where(weight => weight is { Part: "features", Axes: 4 }))
        {
            (stage, block) = number - last > step ? (stage + 1, 1) : (stage, block + 1);
            last = number;
            layers[Invariant($"features.{number}")] = Invariant($"stage{stage}.block{block}.layer1");
            if (step == 3)
                layers[Invariant($"features.{number + 1}")] = Invariant($"stage{stage}.block{block}.layer1.norm");
        }
        var linears = weights.Where(weight => weight is { Part: "classifier", Axes: 2 }).ToList();
        for (var i = 0; i < linears.Count; i++)
            layers[Invariant($"classifier.{linears[i].Number}")] = i == linears.Count - 1 ? "head.classifier" : Invariant($"head.hidden{i + 1}");
        return layers;
    }

    private static string? Part(string layer, string part) => (layer.EndsWith(".norm", StringComparison.Ordinal), part) switch
    {
        (true, "weight") => $"{layer}.scale",
        (true, "bias") => $"{layer}.shift",
        (true, "running_mean") => $"{layer}.mean",
        (true, "running_var") => $"{layer}.variance",
        (false, "weight" or "bias") => $"{layer}.{part}",
        _ => null,
    };

    private static int Number(Group digits) => int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture);

    private static string Next(Group digits) => (Number(digits) + 1).ToString(CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^blocks\.([0-9])\.([0-9]{1,4})\.(conv_dw|bn1|conv_pw|bn2)$")]
    private static partial Regex TimmMobileNet();

    [GeneratedRegex(@"^model\.([1-9][0-9]{0,3})\.([0134])$")]
    private static partial Regex MobileNet();

    [GeneratedRegex(@"^(?:module\.)?(features|classifier)\.([0-9]{1,4})\.weight$")]
    private static partial Regex Numbered();
}
