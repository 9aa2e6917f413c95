using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;

namespace Rf3d.Planning;

/// <summary>What the organizer did in one step.</summary>
[JsonConverter(typeof(EnumNameConverter<OrganizerAction>))]
public enum OrganizerAction
{
    /// <summary>The last unit of the source stage went to the end of the target stage.</summary>
    Move,

    /// <summary>The last unit of the source stage was taken out.</summary>
    Remove,
}

/// <summary>A move that the organizer wanted and that a budget, or the network's shape, forbade.</summary>
/// <param name="Source">Stage that would have lost a unit, counted from 1.</param>
/// <param name="Target">Stage that would have gained one, counted from 1; null for a removal.</param>
/// <param name="Reason">Which budget, and by how much it would have been exceeded; or why the network could not run.</param>
public sealed record SkippedMove(int Source, int? Target, string Reason);

/// <summary>One step of the organizer, with why it was taken and what it did.</summary>
/// <param name="Action">Moved or removed.</param>
/// <param name="Source">Stage that lost its last unit, counted from 1.</param>
/// <param name="Target">Stage that gained one, counted from 1; null when the unit was removed.</param>
/// <param name="SourceGain">3DRF gain of the unit where it was.</param>
/// <param name="TargetGain">3DRF gain of a unit at the end of the target; null when the unit was removed.</param>
/// <param name="Depths">Units in each stage after the step.</param>
/// <param name="ParametersBefore">Learned parameters before the step.</param>
/// <param name="ParametersAfter">Learned parameters after it.</param>
/// <param name="MacsBefore">Multiply-accumulates for one image before the step.</param>
/// <param name="MacsAfter">Multiply-accumulates after it.</param>
/// <param name="Reason">The step in words.</param>
/// <param name="Skipped">Better moves that were not possible.</param>
public sealed record OrganizerStep(
    OrganizerAction Action,
    int Source,
    int? Target,
    double SourceGain,
    double? TargetGain,
    ImmutableArray<int> Depths,
    long ParametersBefore,
    long ParametersAfter,
    long MacsBefore,
    long MacsAfter,
    string Reason,
    ImmutableArray<SkippedMove> Skipped)
{
    /// <summary>The step in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"[{string.Join(", ", Depths)}] {Reason}: {ParametersAfter - ParametersBefore:+#,0;-#,0;±0} parameters, {(MacsAfter - MacsBefore) / 1e6:+#,0.0;-#,0.0;±0.0} M MACs");
}
