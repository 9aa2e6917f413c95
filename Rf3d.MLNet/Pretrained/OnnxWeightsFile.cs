using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>A pretrained network of an .onnx file.</summary>
internal static class OnnxWeightsFile
{
    // Scales for pixels of 0 to 1 are 1 / 0.229 and so on, those for pixels of 0 to 255 are 255 times smaller.
    private const float LargestScaleOfBytes = 0.5f;

    // Where only means are subtracted, they tell.
    private const float LargestMeanOfFractions = 2;

    public static PretrainedNetwork Read(Stream file, string path, PretrainedEntry? entry, string name, string sha256)
    {
        var trained = OnnxNetwork.ReadWithWeights(file, "The file");
        var network = trained.Network with { Name = name };
        if (network.Input.Channels != 3)
            throw new FormatException($"its network takes images of {network.Input.Channels} channel(s); 3 are expected: red, green and blue");
        var sibling = entry ?? OfSamePackage(trained, path);
        if (sibling?.ChannelOrder == ChannelOrder.Bgr)
            ReverseChannels(network, trained.Weights);
        return new(network, trained.Weights, Input(trained, path, sibling), name, sha256)
        {
            Architecture = ArchitectureMatch.Of(network),
            License = entry?.License,
        };
    }

    /// <summary>
    /// The entry of the manifest whose package has networks of this file's kind: ML.NET's featurizers share a graph that prepares images, in the folder beside that of the network. Null where there is
    /// no such graph, or the file prepares images itself.
    /// </summary>
    private static PretrainedEntry? OfSamePackage(OnnxTrainedNetwork trained, string path) => Prepares(trained)
        ? null
        : PretrainedManifest.Current.Networks.FirstOrDefault(entry => entry.Preprocessing is { } graph && MeanImageFile.FindInPackage(path, graph) is not null);

    private static bool Prepares(OnnxTrainedNetwork trained) => trained.TakesBytes || trained.Scale.Any(scale => scale != 1) || trained.Shift.Any(shift => shift != 0);

    private static PretrainedInput Input(OnnxTrainedNetwork trained, string path, PretrainedEntry? sibling)
    {
        var (height, width) = (trained.Network.Input.Height, trained.Network.Input.Width);
        if (sibling is not null)
        {
            var input = sibling.Input() with { Height = height, Width = width };
            if (sibling.Preprocessing is not { } preprocessing || MeanImageFile.Find(path, preprocessing) is not { } file)
                return input;
            var image = MeanImageFile.Read(file, height, width);
            return input with { MeanImage = image, Statistics = input.Statistics with { Mean = [.. image.Chunk(height * width).Select(plane => plane.Average())] } };
        }
        if (!Prepares(trained))
            return PretrainedInput.ImageNet(height, width) with { IsAssumed = true };
        // (x - mean) / deviation, of pixels of 0 to 255 or of 0 to 1: of other graphs the figures tell.
        var isOfBytes = trained.TakesBytes || trained.Scale.All(scale => Math.Abs(scale) < LargestScaleOfBytes) || trained.Shift.Zip(trained.Scale, (shift, scale) => Math.Abs(shift / scale)).Any(mean => mean > LargestMeanOfFractions);
        var unit = isOfBytes ? 1f : 255f;
        var deviation = trained.Scale.Select(scale => unit / scale).ToArray();
        return new(new([.. trained.Shift.Zip(deviation, (shift, share) => -shift * share)], deviation), height, width)
        {
            // The graph has all of the preparation.
            CropShare = (double)height / trained.Resized.Height,
            MeanImage = trained.MeanImage is { } pixels ? [.. pixels.Select(value => unit * value)] : null,
        };
    }

    private static void ReverseChannels(ConvNet network, WeightTable weights)
    {
        var first = NetworkLayout.Of(network).Layers.First().Name + WeightTable.Weight;
        var weight = weights[first];
        var (channels, pixels) = ((int)weight.Shape[1], (int)(weight.Shape[2] * weight.Shape[3]));
        var values = new float[weight.Values.Length];
        for (var plane = 0; plane < values.Length / pixels; plane++)
        {
            var (filter, channel) = (plane / channels, plane % channels);
            weight.Values.AsSpan(((filter * channels) + channels - 1 - channel) * pixels, pixels).CopyTo(values.AsSpan(plane * pixels));
        }
        weights[first] = weight with { Values = values };
    }
}
