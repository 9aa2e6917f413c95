using Rf3d.Planning;
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
        weight = InitialWeights.Draw([node.Outputs, node.Inputs], node.Inputs, generator);
        bias = InitialWeights.Draw([node.Outputs], node.Inputs, generator);
        RegisterComponents();
    }

    public Parameter WeightParameter => weight;

    public override Tensor forward(Tensor input) => nn.functional.linear(input, weight, bias);

    /// <summary>The tensors by the names of the weight table.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Weights() => [(_node.Name + WeightTable.Weight, weight), (_node.Name + WeightTable.Bias, bias)];
}
