using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// A linear layer with its weights: the TorchSharp reader of <see cref="LinearNode"/>. Not <c>nn.Linear</c>, which draws its initial weights
/// from the process-wide generator; that one belongs to the application.
/// </summary>
internal sealed class LinearModule : nn.Module<Tensor, Tensor>
{
    private readonly LinearNode _node;
    private readonly Parameter weight;
    private readonly Parameter bias;

    public LinearModule(LinearNode node, Generator generator)
        : base(nameof(LinearModule))
    {
        _node = node;
        // PyTorch's own default for linear layers: uniform within 1 / √inputs.
        var bound = 1 / Math.Sqrt(node.Inputs);
        weight = new Parameter(rand([node.Outputs, node.Inputs], generator: generator).mul_(2 * bound).sub_(bound));
        bias = new Parameter(rand([node.Outputs], generator: generator).mul_(2 * bound).sub_(bound));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => nn.functional.linear(input, weight, bias);

    /// <summary>The tensors by the names of the weight table.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Weights() => [(_node.Name + WeightTable.Weight, weight), (_node.Name + WeightTable.Bias, bias)];
}
