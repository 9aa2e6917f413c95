using System.Collections.Immutable;

namespace Rf3d.Planning;

/// <summary>3D receptive field of one unit of a stage.</summary>
public sealed record BlockReceptiveField
{
    /// <summary>The part of the input of the stage that one output value of the unit depends on.</summary>
    public required ReceptiveField Field { get; init; }

    /// <summary>3DRF gain over the unit before (Eq. 7); null for the first unit of a stage.</summary>
    public double? Gain { get; init; }
}

/// <summary>3D receptive field of one stage.</summary>
public sealed record StageReceptiveField
{
    /// <summary>The tensor that enters the stage, before the stride of its first unit.</summary>
    public required TensorShape Input { get; init; }

    /// <summary>Its units, in the order in which data flows.</summary>
    public required ImmutableArray<BlockReceptiveField> Blocks { get; init; }

    /// <summary>Sum of the gains of units 2..n.</summary>
    public double TotalGain => Blocks.Sum(block => block.Gain ?? 0);

    /// <param name="stage">The stage.</param>
    /// <param name="input">The tensor that enters it.</param>
    /// <param name="options">Clamping and α.</param>
    /// <param name="name">Its name, for errors.</param>
    /// <exception cref="InvalidOperationException">A field is too large, or there are too many channels to follow.</exception>
    internal static StageReceptiveField Of(Stage stage, TensorShape input, ReceptiveFieldOptions options, string name = "stage1")
    {
        var walk = new FieldWalk(input, options.Clamping);
        var blocks = ImmutableArray.CreateBuilder<BlockReceptiveField>(stage.Blocks.Length);
        foreach (var block in stage.Blocks)
        {
            var before = walk.Field;
            walk.Pass(block, name, blocks.Count);
            blocks.Add(new() { Field = walk.Field, Gain = blocks.Count == 0 ? null : Gain(before, walk.Field, input, options.Alpha) });
        }
        return new() { Input = input, Blocks = blocks.MoveToImmutable() };
    }

    /// <summary>Eq. 7: relative growth, times a decay by how much of the input was already seen.</summary>
    /// <exception cref="InvalidOperationException">A field is too large.</exception>
    private static double Gain(ReceptiveField before, ReceptiveField after, TensorShape input, double alpha)
    {
        try
        {
            return (double)(after.Volume - before.Volume) / before.Volume * Math.Exp(-alpha * ((double)before.Volume / input.Volume));
        }
        catch (OverflowException error)
        {
            throw new InvalidOperationException($"The receptive field {after} has more values than a 64-bit number can count; use smaller kernels, or fields that stop at the stage's input ({nameof(ReceptiveFieldClamping.Clamped)}).", error);
        }
    }
}

/// <summary>
/// 3D receptive field (3DRF) and its gain for a whole network: the metric of "An Efficient Quantitative Approach for Optimizing Convolutional Neural Networks" (CIKM
/// '21), Eq. 4 to 7. Where Eq. 6 is only a bound, as for grouped kernels without a shuffle, the channels are computed one by one.
/// </summary>
public sealed record NetworkReceptiveField
{
    /// <summary>By stage; the stem is not counted.</summary>
    public required ImmutableArray<StageReceptiveField> Stages { get; init; }

    /// <summary>Total gain of the network: the sum over its stages. The paper's tables give the difference of two such totals as Δ3DRF.</summary>
    public double TotalGain => Stages.Sum(stage => stage.TotalGain);

    /// <summary>Measures a network, without running or training it.</summary>
    /// <param name="network">The network.</param>
    /// <param name="options">Clamping and α; null for the defaults.</param>
    /// <exception cref="InvalidOperationException">The network cannot run on its input.</exception>
    /// <exception cref="InvalidOperationException">It has too many channels in too many groups to follow them one by one. The message names the kernel.</exception>
    public static NetworkReceptiveField Measure(ConvNet network, ReceptiveFieldOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        return Of(NetworkLayout.Of(network), options ?? new());
    }

    internal static NetworkReceptiveField Of(NetworkLayout layout, ReceptiveFieldOptions options) =>
        new() { Stages = [.. layout.Stages.Select(stage => StageReceptiveField.Of(stage.Stage, stage.Input, options, stage.Name))] };
}
