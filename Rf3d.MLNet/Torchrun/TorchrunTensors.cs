using System.Runtime.InteropServices;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Weights as tensors of a safetensors file, under their own names.</summary>
internal static class TorchrunTensors
{
    public static SafeTensorEntry Of(WeightTensor tensor) => new("F32", tensor.Shape, MemoryMarshal.AsBytes(tensor.Values.AsSpan()).ToArray());

    public static SafeTensors FileOf(WeightTable weights) => new(new Dictionary<string, string>(), weights.Names.ToDictionary(name => name, name => Of(weights[name]), StringComparer.Ordinal));

    /// <summary>The weights of a network out of a file that may hold more; through <see cref="PretrainedNetwork"/>, as all weights that come from elsewhere.</summary>
    /// <exception cref="FormatException">A tensor is missing, of another shape or type, or has values that are no numbers.</exception>
    public static WeightTable Read(NetworkLayout layout, IReadOnlyDictionary<string, SafeTensorEntry> tensors, ChannelStatistics statistics, string name, string sha256)
    {
        WeightTable found = new(), blank = new();
        foreach (var (tensorName, shape) in WeightShapes.Of(layout))
        {
            if (!tensors.TryGetValue(tensorName, out var tensor))
                throw new FormatException($"it lacks the tensor '{tensorName}' of {TorchrunFiles.Plan}");
            if (!tensor.Shape.SequenceEqual(shape))
                throw new FormatException($"its tensor '{tensorName}' is {SafeTensorEntry.Describe(tensor.Shape)}; {TorchrunFiles.Plan} has {SafeTensorEntry.Describe(shape)}");
            found[tensorName] = new(shape, Values(tensorName, tensor));
            blank[tensorName] = new(shape, new float[found[tensorName].Values.Length]);
        }
        var network = layout.Network;
        var planned = new PretrainedNetwork(network, found, new(statistics, network.Input.Height, network.Input.Width), name, sha256).For(layout, blank);
        var missing = planned.Trace.Where(layer => layer.Origin is not LayerOrigin.Kept).Select(layer => layer.Name).ToList();
        return missing.Count == 0 ? planned.Weights : throw new FormatException($"layers of {TorchrunFiles.Plan} have no weights in it: {string.Join(", ", missing)}");
    }

    /// <exception cref="FormatException">It is of another type than F32, or has values that are no numbers.</exception>
    public static float[] Values(string name, SafeTensorEntry tensor)
    {
        var values = tensor.Type == "F32" ? tensor.ToFloats()! : throw new FormatException($"its tensor '{name}' is of the type {tensor.Type}; F32 is expected");
        return Array.TrueForAll(values, float.IsFinite) ? values : throw new FormatException($"its tensor '{name}' has values that are infinite or not a number");
    }
}
