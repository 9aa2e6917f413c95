using System.Text.Json.Serialization;

namespace Rf3d.Planning;

/// <summary>The activation function after the linear part of a kernel.</summary>
[JsonConverter(typeof(EnumNameConverter<Activation>))]
public enum Activation
{
    /// <summary>None: the kernel's output is unchanged.</summary>
    None,

    /// <summary>Rectified linear unit, max(x, 0).</summary>
    Relu,

    /// <summary>min(max(x, 0), 6).</summary>
    Relu6,

    /// <summary>x above 0, x / 100 below.</summary>
    LeakyRelu,

    /// <summary>x · min(max(x / 6 + 1/2, 0), 1).</summary>
    HardSwish,

    /// <summary>Hyperbolic tangent.</summary>
    Tanh,

    /// <summary>1 / (1 + exp(−x)).</summary>
    Sigmoid,
}
