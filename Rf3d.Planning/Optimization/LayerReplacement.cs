using System.Globalization;

namespace Rf3d.Planning;

/// <summary>What the decomposer replaced in one stage, with why and what it did.</summary>
public sealed record LayerReplacement
{
    /// <summary>The stage, counted from 1.</summary>
    public required int Stage { get; init; }

    /// <summary>First unit of the run that was rewritten, counted from 1.</summary>
    public required int FirstBlock { get; init; }

    /// <summary>Last unit of the run.</summary>
    public required int LastBlock { get; init; }

    /// <summary>Number of convolutions replaced.</summary>
    public required int Layers { get; init; }

    /// <summary>What stands in for each, in the paper's names: DW+RPW-g2-o50. A 1×1 convolution has no DW.</summary>
    public required string Block { get; init; }

    /// <summary>3DRF of the run, on the tensor that enters it, before.</summary>
    public required ReceptiveField FieldBefore { get; init; }

    /// <summary>3DRF of the run after.</summary>
    public required ReceptiveField FieldAfter { get; init; }

    /// <summary>Learned parameters of the network before.</summary>
    public required long ParametersBefore { get; init; }

    /// <summary>Learned parameters after.</summary>
    public required long ParametersAfter { get; init; }

    /// <summary>Multiply-accumulates of the network for one image before.</summary>
    public required long MacsBefore { get; init; }

    /// <summary>Multiply-accumulates after.</summary>
    public required long MacsAfter { get; init; }

    /// <summary>The Rule of Kernel Replacement in words: how it is kept, or how it is broken.</summary>
    public required string Reason { get; init; }

    /// <summary>The replacement in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"stage {Stage}, {(FirstBlock == LastBlock ? $"unit {FirstBlock}" : $"units {FirstBlock} to {LastBlock}")}: {(Layers == 1 ? "1 convolution" : $"{Layers} convolutions")} → {Block}, 3DRF {FieldBefore} → {FieldAfter} ({Reason}): {ParametersAfter - ParametersBefore:+#,0;-#,0;±0} parameters, {(MacsAfter - MacsBefore) / 1e6:+#,0.0;-#,0.0;±0.0} M MACs");
}

/// <summary>A replacement that the decomposer considered and did not make.</summary>
public sealed record RejectedReplacement
{
    /// <summary>The stage, counted from 1.</summary>
    public required int Stage { get; init; }

    /// <summary>The block, in the paper's names.</summary>
    public required string Block { get; init; }

    /// <summary>Which condition of the Rule of Kernel Replacement it breaks, in words, or why it is of no use.</summary>
    public required string Reason { get; init; }
}
