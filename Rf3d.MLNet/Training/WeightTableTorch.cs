using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Moves tensors into the neutral table of weights.</summary>
internal static class WeightTableTorch
{
    /// <summary>Copies a tensor, wherever it lives and however it is laid out, as row-major floats.</summary>
    public static void Store(this WeightTable table, string name, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var values = tensor.detach().to(ScalarType.Float32).cpu().contiguous();
        table[name] = new WeightTensor(values.shape, values.data<float>().ToArray());
    }
}
