using System.Globalization;

namespace Rf3d.Planning;

/// <summary>What the decomposer replaced in one stage, with why and what it did.</summary>
/// <param name="Stage">The stage, counted from 1.</param>
/// <param name="FirstBlock">First unit of the run that was rewritten, counted from 1.</param>
/// <param name="LastBlock">Last unit of the run.</param>
/// <param name="Layers">Number of convolutions replaced.</param>
/// <param name="Block">What stands in for each, in the paper's names: DW+RPW-g2-o50. A 1×1 convolution has no DW.</param>
/// <param name="FieldBefore">3DRF of the run, on the tensor that enters it, before.</param>
/// <param name="FieldAfter">3DRF of the run after.</param>
/// <param name="ParametersBefore">Learned parameters of the network before.</param>
/// <param name="ParametersAfter">Learned parameters after.</param>
/// <param name="MacsBefore">Multiply-accumulates of the network for one image before.</param>
/// <param name="MacsAfter">Multiply-accumulates after.</param>
/// <param name="Reason">The Rule of Kernel Replacement in words: how it is kept, or how it is broken.</param>
public sealed record LayerReplacement(
    int Stage,
    int FirstBlock,
    int LastBlock,
    int Layers,
    string Block,
    ReceptiveField FieldBefore,
    ReceptiveField FieldAfter,
    long ParametersBefore,
    long ParametersAfter,
    long MacsBefore,
    long MacsAfter,
    string Reason)
{
    /// <summary>The replacement in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"stage {Stage}, {(FirstBlock == LastBlock ? $"unit {FirstBlock}" : $"units {FirstBlock} to {LastBlock}")}: {(Layers == 1 ? "1 convolution" : $"{Layers} convolutions")} → {Block}, 3DRF {FieldBefore} → {FieldAfter} ({Reason}): {ParametersAfter - ParametersBefore:+#,0;-#,0;±0} parameters, {(MacsAfter - MacsBefore) / 1e6:+#,0.0;-#,0.0;±0.0} M MACs");
}

/// <summary>A replacement that the decomposer considered and did not make.</summary>
/// <param name="Stage">The stage, counted from 1.</param>
/// <param name="Block">The block, in the paper's names.</param>
/// <param name="Reason">Which condition of the Rule of Kernel Replacement it breaks, in words, or why it is of no use.</param>
public sealed record RejectedReplacement(int Stage, string Block, string Reason);
