namespace Rf3d.Planning;

/// <summary>One tensor of trained weights: row-major values and their shape.</summary>
internal sealed record WeightTensor(long[] Shape, float[] Values);

/// <summary>
/// The weights of a network by name, in no framework's form: TorchSharp writes it, the ONNX writer and the ML.NET head read it, and none of
/// them sees another. Names are those of <see cref="NetworkLayout"/>'s nodes with one of the suffixes below.
/// </summary>
internal sealed class WeightTable
{
    public const string Weight = ".weight";
    public const string Bias = ".bias";
    public const string NormScale = ".norm.scale";
    public const string NormShift = ".norm.shift";
    public const string NormMean = ".norm.mean";
    public const string NormVariance = ".norm.variance";

    /// <summary>Added to a batch normalisation's variance; PyTorch's and cuDNN's default.</summary>
    public const double NormEpsilon = 1e-5;

    private readonly Dictionary<string, WeightTensor> _tensors = new(StringComparer.Ordinal);

    /// <summary>Names of all tensors.</summary>
    public IEnumerable<string> Names => _tensors.Keys;

    /// <summary>A table of its own with the same tensors.</summary>
    public WeightTable Copy()
    {
        var copy = new WeightTable();
        foreach (var (name, tensor) in _tensors)
            copy[name] = tensor;
        return copy;
    }

    /// <summary>Takes a tensor out, if it is there.</summary>
    public void Remove(string name) => _tensors.Remove(name);

    /// <summary>The tensor of a name, or null.</summary>
    public WeightTensor? Find(string name) => _tensors.GetValueOrDefault(name);

    public WeightTensor this[string name]
    {
        get => _tensors.TryGetValue(name, out var tensor) ? tensor : throw new KeyNotFoundException($"The weights hold no '{name}'.");
        set => _tensors[name] = value;
    }
}
