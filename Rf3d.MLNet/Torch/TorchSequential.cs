using Rf3d.Planning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// The paper's Listing 1 for networks that are TorchSharp modules: measures their 3D receptive field, optimizes their stages, and gives the result
/// back as a module with the same input and output.
/// </summary>
/// <remarks>
/// <para>Understood are Conv2d (standard, pointwise, depthwise, grouped), ChannelShuffle, BatchNorm2d, ReLU, ReLU6, LeakyReLU, Hardswish, Tanh,
/// Sigmoid, MaxPool2d, AvgPool2d, AdaptiveAvgPool2d, Flatten, Linear, Dropout after hidden linear layers, Identity, and Sequentials of them.
/// A layer that is not, or a setting of one, is named in the error.</para>
/// <para>Each convolution is a unit, and a depthwise or grouped one is a unit together with the kernels up to the next pointwise or standard one; an
/// inner Sequential of two kernels or more, without pooling, is one unit as well. In one Sequential a pooling ends a stage, a stride starts one, and
/// a first unit of another kind than the second is the stem, which the metric does not count. Stages given as a list stay as they are.</para>
/// <code>
/// var optimized = TorchSequential.Optimize(stages, new TensorShape(3, 32, 32), classifier, new OrganizerOptions(), Decomposition.Auto);
/// Console.WriteLine(optimized.Plan);
/// var logits = optimized.Module.call(images);
/// </code>
/// </remarks>
public static class TorchSequential
{
    /// <summary>Describes a network.</summary>
    /// <param name="network">Its layers, flat or nested. A classifier if linear layers are at its end; otherwise a network that returns feature maps.</param>
    /// <param name="input">Shape of one image.</param>
    /// <exception cref="ArgumentException">A layer that is not supported or does not fit; the message names it.</exception>
    /// <exception cref="DllNotFoundException">TorchSharp's native libraries cannot be loaded.</exception>
    public static ConvNet Describe(Sequential network, TensorShape input)
    {
        ArgumentNullException.ThrowIfNull(network);
        return Describe(nameof(network), () => SequentialReader.Read(network, input));
    }

    /// <summary>Describes a network whose stages are given.</summary>
    /// <param name="stages">The stages, in the order in which data flows; pooling is at the end of a stage.</param>
    /// <param name="input">Shape of one image.</param>
    /// <param name="classifier">
    /// Linear layers after the stages. Default: null, none. If it begins with a linear layer, the number of its inputs determines whether they are the means of the
    /// channels or all values.
    /// </param>
    /// <inheritdoc cref="Describe(Sequential, TensorShape)" path="/exception"/>
    public static ConvNet Describe(IEnumerable<Sequential> stages, TensorShape input, Sequential? classifier = null)
    {
        ArgumentNullException.ThrowIfNull(stages);
        var list = stages.ToList();
        if (list.Count == 0 || list.Contains(null!))
            throw new ArgumentException("At least one stage is needed, and none may be null.", nameof(stages));
        return Describe(nameof(stages), () => SequentialReader.Read(list, input, classifier));
    }

    /// <summary>Measures the 3D receptive field and the gains of a network, by stage.</summary>
    /// <param name="network">Its layers, flat or nested.</param>
    /// <param name="input">Shape of one image.</param>
    /// <param name="options">Clamping and α; null for the defaults.</param>
    /// <inheritdoc cref="Describe(Sequential, TensorShape)" path="/exception"/>
    public static NetworkReceptiveField Measure(Sequential network, TensorShape input, ReceptiveFieldOptions? options = null) =>
        NetworkReceptiveField.Measure(Describe(network, input), options);

    /// <summary>Measures the 3D receptive field and the gains of a network whose stages are given.</summary>
    /// <param name="stages">The stages, in the order in which data flows.</param>
    /// <param name="input">Shape of one image.</param>
    /// <param name="options">Clamping and α; null for the defaults.</param>
    /// <inheritdoc cref="Describe(Sequential, TensorShape)" path="/exception"/>
    public static NetworkReceptiveField Measure(IEnumerable<Sequential> stages, TensorShape input, ReceptiveFieldOptions? options = null) =>
        NetworkReceptiveField.Measure(Describe(stages, input), options);

    /// <summary>Optimizes a network and builds the result, with new weights.</summary>
    /// <param name="network">Its layers, flat or nested. It is not changed.</param>
    /// <param name="input">Shape of one image.</param>
    /// <param name="organizer">Settings of the stage organizer. <see cref="OrganizerOptions.Off"/> leaves the stages unchanged.</param>
    /// <param name="decomposition">The blocks that replace convolutions. Default: null, none.</param>
    /// <param name="seed">Seed of the new weights. Default: null, random.</param>
    /// <exception cref="InvalidOperationException">No arrangement of the units meets the budgets.</exception>
    /// <exception cref="InvalidOperationException">The chosen block breaks the Rule of Kernel Replacement.</exception>
    /// <inheritdoc cref="Describe(Sequential, TensorShape)" path="/exception"/>
    public static OptimizedSequential Optimize(
        Sequential network, TensorShape input, OrganizerOptions organizer, Decomposition? decomposition = null, int? seed = null) =>
        Optimize(Describe(network, input), organizer, decomposition, seed);

    /// <summary>Optimizes a network whose stages are given, and builds the result, with new weights.</summary>
    /// <param name="stages">The stages, in the order in which data flows. They are not changed.</param>
    /// <param name="input">Shape of one image.</param>
    /// <param name="classifier">Linear layers after the stages; null for none.</param>
    /// <param name="organizer">Settings of the stage organizer. <see cref="OrganizerOptions.Off"/> leaves the stages unchanged.</param>
    /// <param name="decomposition">The blocks that replace convolutions. Default: null, none.</param>
    /// <param name="seed">Seed of the new weights. Default: null, random.</param>
    /// <exception cref="InvalidOperationException">No arrangement of the units meets the budgets.</exception>
    /// <exception cref="InvalidOperationException">The chosen block breaks the Rule of Kernel Replacement.</exception>
    /// <inheritdoc cref="Describe(IEnumerable{Sequential}, TensorShape, Sequential?)" path="/exception"/>
    public static OptimizedSequential Optimize(
        IEnumerable<Sequential> stages,
        TensorShape input,
        Sequential? classifier,
        OrganizerOptions organizer,
        Decomposition? decomposition = null,
        int? seed = null) =>
        Optimize(Describe(stages, input, classifier), organizer, decomposition, seed);

    /// <summary>
    /// Builds a network, with new weights, as a module on the CPU: [batch, channels, height, width] in; logits [batch, classes] out, or feature maps if it has no
    /// <see cref="ConvNet.Head"/>. Batch normalisation has TorchSharp's defaults.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="seed">Seed of the weights, and of dropout during training. Default: null, random.</param>
    /// <exception cref="InvalidOperationException">The network cannot run on its input.</exception>
    /// <exception cref="DllNotFoundException">TorchSharp's native libraries cannot be loaded.</exception>
    public static nn.Module<Tensor, Tensor> Build(ConvNet network, int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        var layout = NetworkLayout.Of(network);
        TorchNative.EnsureLoaded();
        // The module keeps the generator, which dropout draws from.
        var module = new TorchNetwork(layout, new Generator((ulong)(seed ?? Random.Shared.Next())));
        // As with TorchSharp's own modules, its weights outlive the dispose scope in which it was made.
        foreach (var tensor in module.parameters().Concat(module.buffers()))
            tensor.DetachFromDisposeScope();
        return module;
    }

    private static OptimizedSequential Optimize(ConvNet network, OrganizerOptions organizer, Decomposition? decomposition, int? seed)
    {
        var plan = NetworkPlan.Create(network, organizer, decomposition);
        return new() { Plan = plan, Module = Build(plan.Optimized, seed) };
    }

    private static ConvNet Describe(string parameter, Func<ConvNet> read)
    {
        TorchNative.EnsureLoaded();
        try
        {
            return read();
        }
        catch (NetworkImportException error)
        {
            throw new ArgumentException($"The network cannot be described: {error.Message}", parameter, error);
        }
    }
}
