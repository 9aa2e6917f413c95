using System.Globalization;
using System.Text.RegularExpressions;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The tensors of a file of weights by the names that our layers have. Those of torchvision and timm are translated, our own stay as they are.</summary>
/// <param name="Known">Tensors that belong to a layer, by our names. They are of floating-point numbers.</param>
/// <param name="Unknown">The others, by the names of the file, without the counters of batch normalisation, which nothing needs after a training.</param>
/// <param name="AreOurs">Whether the file has our names.</param>
internal sealed partial record NamedTensors(IReadOnlyDictionary<string, SafeTensorEntry> Known, IReadOnlyDictionary<string, SafeTensorEntry> Unknown, bool AreOurs)
{
    private const string Counter = "num_batches_tracked";

    /// <param name="tensors">The file's tensors. None of their values are read.</param>
    /// <param name="architecture">timm's name of the network; null where it is not said.</param>
    /// <param name="takesHalf">Whether tensors may be of half precision, whose values single precision holds exactly.</param>
    /// <exception cref="FormatException">They are of a type, or of a network, that is not read.</exception>
    public static NamedTensors Of(IReadOnlyDictionary<string, SafeTensorEntry> tensors, string? architecture, bool takesHalf)
    {
        var names = TorchvisionNames.Map(tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.Shape.Length));
        var areOurs = names.Count == 0;
        if (areOurs)
            names = tensors.Keys.Where(tensor => OwnName().IsMatch(tensor) && !tensor.EndsWith(Counter, StringComparison.Ordinal)).ToDictionary(tensor => tensor);
        ResNetVariant.RequireKnown(tensors, names, architecture);
        Dictionary<string, SafeTensorEntry> known = new(StringComparer.Ordinal);
        foreach (var (theirs, ours) in names)
        {
            RequireFloats(theirs, tensors[theirs], takesHalf);
            if (!known.TryAdd(ours, ours.StartsWith("head.", StringComparison.Ordinal) ? AsMatrix(tensors[theirs]) : tensors[theirs]))
                throw new FormatException($"'{theirs}' and another of its tensors are both the tensor {ours}");
        }
        var unknown = tensors.Where(tensor => !names.ContainsKey(tensor.Key) && !tensor.Key.EndsWith(Counter, StringComparison.Ordinal));
        return new(known, unknown.ToDictionary(tensor => tensor.Key, tensor => tensor.Value, StringComparer.Ordinal), areOurs);
    }

    /// <summary>Shapes of the tensors in <see cref="Known"/>.</summary>
    public IReadOnlyDictionary<string, long[]> Shapes() => Known.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.Shape, StringComparer.Ordinal);

    /// <summary>Reads the values of the tensors in <see cref="Known"/>.</summary>
    public WeightTable ToTable()
    {
        var table = new WeightTable();
        foreach (var (name, tensor) in Known)
            table[name] = new(tensor.Shape, tensor.ToFloats()!);
        return table;
    }

    private static void RequireFloats(string name, SafeTensorEntry tensor, bool takesHalf)
    {
        if (tensor.Type is "F16" or "BF16")
        {
            if (takesHalf)
                return;
            throw new FormatException(
                string.Create(CultureInfo.InvariantCulture, $"the tensor '{name}' is of half precision ({tensor.Type}); F32 is expected. Save it with 32 bits: in Python, model.float().state_dict()"));
        }
        if (tensor.Type is not ("F32" or "F64"))
        {
            throw new FormatException(
                $"the tensor '{name}' is of the type {tensor.Type}, as quantized weights are; F32 is expected. Take the weights of the network before it was quantized");
        }
    }

    /// <summary>timm has the linear layers of a VGG as convolutions over all of the last maps. Their values have the order of a matrix.</summary>
    private static SafeTensorEntry AsMatrix(SafeTensorEntry tensor) => tensor.Shape is [var outputs, var channels, var height, var width]
        ? new SafeTensorEntry(tensor.Type, [outputs, channels * height * width], tensor.Read)
        : tensor;

    [GeneratedRegex(@"^(?:(?:stem|stage[1-9][0-9]{0,2})\.block[1-9][0-9]{0,3}\.|head\.)")]
    private static partial Regex OwnName();
}
