using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Rf3d.Planning;

/// <summary>
/// The structure of an image classifier as data, without weights. Immutable; <c>with</c> creates variants. Shapes, parameters, multiply-accumulates, the 3D receptive
/// field, the trained network and the ONNX graph are derived from it.
/// </summary>
/// <remarks>
/// <para>Kernels do not name their input channels, so a network fits any input: <c>network with { Input = …, Classes = … }</c>.</para>
/// <code>
/// var network = new ConvNet
/// {
///     Name = "mine",
///     Input = new TensorShape(3, 32, 32),
///     Classes = 10,
///     Stages =
///     [
///         Stage.Repeat(Block.Convolution(32), count: 2),
///         Stage.Repeat(Block.Bottleneck(64, stride: 2), count: 3),
///     ],
/// };
/// </code>
/// </remarks>
public sealed record ConvNet
{
    /// <summary>Largest number of units of a stage: 1,000.</summary>
    public const int MaximumStageDepth = NetworkLimits.StageDepth;

    private readonly ImmutableArray<Stage> _stages = [];

    /// <summary>A name for display. Default: "custom".</summary>
    public string Name { get; init; } = "custom";

    /// <summary>Shape of the input image.</summary>
    public required TensorShape Input { get; init; }

    /// <summary>Number of classes: outputs of the last linear layer. Not used where <see cref="Head"/> is null.</summary>
    public required int Classes { get; init; }

    /// <summary>Units before the first stage, which the metric does not count and the organizer does not change; null for none.</summary>
    public Stage? Stem { get; init; }

    /// <summary>The stages, in the order in which data flows. At least one.</summary>
    /// <exception cref="ArgumentException">No stage.</exception>
    public required ImmutableArray<Stage> Stages
    {
        get => _stages;
        init => _stages = value.IsDefaultOrEmpty || value.Contains(null!) ? throw new ArgumentException("A network needs at least one stage, and none may be null.", nameof(Stages)) : value;
    }

    /// <summary>
    /// The classifier at the end. Default: global average pooling and one linear layer. Null for a network that ends with its last stage and returns feature maps. Such a
    /// network can be measured, planned and built, and does not classify.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public Head? Head { get; init; } = new();

    /// <summary>Number of units in each stage, which the organizer changes. [2, 2, 3, 3, 3] for VGG16.</summary>
    public ImmutableArray<int> GetStageDepths() => [.. Stages.Select(stage => stage.Blocks.Length)];

    /// <summary>
    /// The same network with another number of units in each stage. A shorter stage loses its last units. A longer stage gets copies of its last unit at stride 1.
    /// </summary>
    /// <param name="depths">Units of each stage, from 1 to <see cref="MaximumStageDepth"/>; as many numbers as stages.</param>
    /// <exception cref="ArgumentException">Another number of stages.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A depth below 1, or above <see cref="MaximumStageDepth"/>.</exception>
    public ConvNet WithStageDepths(params ReadOnlySpan<int> depths)
    {
        if (depths.Length != Stages.Length)
            throw new ArgumentException($"'{Name}' has {Stages.Length} stages, and {depths.Length} depths are given.", nameof(depths));
        var stages = Stages.ToBuilder();
        for (var i = 0; i < depths.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(depths[i], 1, nameof(depths));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(depths[i], MaximumStageDepth, nameof(depths));
            while (stages[i].Blocks.Length > depths[i])
                stages[i] = stages[i].Shrink();
            while (stages[i].Blocks.Length < depths[i])
                stages[i] = stages[i].Grow();
        }
        return this with { Stages = stages.ToImmutable() };
    }

    /// <summary>Learned numbers and multiply-accumulates for one image, as a total and by layer.</summary>
    /// <exception cref="InvalidOperationException">The network cannot run on its input. The message names the unit and the reason.</exception>
    /// <exception cref="InvalidOperationException">Its numbers are too large to count.</exception>
    public NetworkCost GetCost() => NetworkCost.Of(NetworkLayout.Of(this));

    /// <summary>The network as JSON. <see cref="FromJson"/> returns an equal network.</summary>
    public string ToJson() => ConvNetJson.Write(this);

    /// <summary>Reads a network from JSON text.</summary>
    /// <exception cref="FormatException">The text does not describe a network. The message has the position and the reason.</exception>
    public static ConvNet FromJson(string json) => ConvNetJson.Read(json);

    /// <summary>Networks are equal when name, input, classes, stem, stages and head are.</summary>
    public bool Equals(ConvNet? other) =>
        other is not null && Name == other.Name && Input == other.Input && Classes == other.Classes
        && Equals(Stem, other.Stem) && Equals(Head, other.Head) && Stages.SequenceEqual(other.Stages);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Input, Classes, Stages.Length);
}
