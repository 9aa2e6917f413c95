using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;

namespace Rf3d.Planning;

/// <summary>The kind of a step of the organizer.</summary>
[JsonConverter(typeof(EnumNameConverter<OrganizerAction>))]
public enum OrganizerAction
{
    /// <summary>The last unit of the source stage was moved to the end of the target stage.</summary>
    Move,

    /// <summary>The last unit of the source stage was removed.</summary>
    Remove,
}

/// <summary>A move with a higher gain that a budget or the shape of the network does not allow.</summary>
public sealed record SkippedMove
{
    /// <summary>Stage that would have lost a unit, counted from 1.</summary>
    public required int Source { get; init; }

    /// <summary>Stage that would have gained one, counted from 1; null for a removal.</summary>
    public int? Target { get; init; }

    /// <summary>Which budget, and by how much it would have been exceeded; or why the network could not run.</summary>
    public required string Reason { get; init; }
}

/// <summary>One step of the organizer, with its reason and effect.</summary>
public sealed record OrganizerStep
{
    /// <summary>Moved or removed.</summary>
    public required OrganizerAction Action { get; init; }

    /// <summary>Stage that lost its last unit, counted from 1.</summary>
    public required int Source { get; init; }

    /// <summary>Stage that gained one, counted from 1; null when the unit was removed.</summary>
    public int? Target { get; init; }

    /// <summary>3DRF gain of the unit in the source stage.</summary>
    public required double SourceGain { get; init; }

    /// <summary>3DRF gain of a unit at the end of the target; null when the unit was removed.</summary>
    public double? TargetGain { get; init; }

    /// <summary>Units in each stage after the step.</summary>
    public required ImmutableArray<int> Depths { get; init; }

    /// <summary>Learned parameters before the step.</summary>
    public required long ParametersBefore { get; init; }

    /// <summary>Learned parameters after it.</summary>
    public required long ParametersAfter { get; init; }

    /// <summary>Multiply-accumulates for one image before the step.</summary>
    public required long MacsBefore { get; init; }

    /// <summary>Multiply-accumulates after it.</summary>
    public required long MacsAfter { get; init; }

    /// <summary>The reason as a sentence.</summary>
    public required string Reason { get; init; }

    /// <summary>Better moves that were not possible.</summary>
    public required ImmutableArray<SkippedMove> Skipped { get; init; }

    /// <summary>The step in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"[{string.Join(", ", Depths)}] {Reason}: {ParametersAfter - ParametersBefore:+#,0;-#,0;±0} parameters, {(MacsAfter - MacsBefore) / 1e6:+#,0.0;-#,0.0;±0.0} M MACs");
}
