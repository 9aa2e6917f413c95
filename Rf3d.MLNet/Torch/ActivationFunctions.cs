using Rf3d.Planning;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>The TorchSharp reader of <see cref="Activation"/>.</summary>
internal static class ActivationFunctions
{
    /// <summary>Applies the activation; overwrites <paramref name="values"/> where the backward pass allows it.</summary>
    public static Tensor Activate(this Tensor values, Activation activation) => activation switch
    {
        Activation.None => values,
        Activation.Relu => values.relu_(),
        Activation.Relu6 => nn.functional.relu6(values),
        Activation.LeakyRelu => values.LeakyRelu(0.01),
        Activation.HardSwish => nn.functional.hardswish(values),
        Activation.Tanh => values.tanh(),
        Activation.Sigmoid => values.sigmoid(),
        _ => throw new NotSupportedException($"TorchSharp has no form of the activation {activation}."),
    };
}
