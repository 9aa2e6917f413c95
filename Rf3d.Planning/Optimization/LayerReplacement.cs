using System.Globalization;

namespace Rf3d.Planning;

/// <summary>A replacement by the decomposer in one stage, with its reason and effect.</summary>
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

    /// <summary>The block that replaces each, in the names of the paper: DW+RPW-g2-o50. A 1×1 convolution has no DW.</summary>
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

    /// <summary>How the Rule of Kernel Replacement is kept or broken.</summary>
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

    /// <summary>The condition of the Rule of Kernel Replacement that it breaks, or why it saves nothing.</summary>
    public required string Reason { get; init; }
}
