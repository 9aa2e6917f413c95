using System.Collections.Immutable;
using static System.FormattableString;

namespace Rf3d.Planning;

/// <summary>
/// The stage organizer of section 4.1: moves the last unit of the stage where it gains least to the stage where one more gains most, until
/// nothing is left to win. Two budgets go beyond the paper.
/// </summary>
internal sealed class StageOrganizer
{
    private readonly OrganizerOptions _options;
    private readonly Budget _budget;
    private readonly ImmutableArray<OrganizerStep>.Builder _steps = ImmutableArray.CreateBuilder<OrganizerStep>();
    private readonly List<SkippedMove> _skipped = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private OrganizerState _state;

    private StageOrganizer(ConvNet network, OrganizerOptions options, Func<ConvNet, NetworkCost>? budgetedCost)
    {
        _options = options;
        _budget = new Budget(options.MaxMacs, options.MaxParameters);
        _state = new OrganizerState(network, options, _budget.IsSet ? budgetedCost : null);
    }

    /// <param name="network">The network to start from.</param>
    /// <param name="options">Threshold and budgets.</param>
    /// <param name="budgetedCost">The cost of a network as it will be trained, which budgets count; null where that is its own.</param>
    /// <returns>The network, the steps that led to it, and the moves that budgets forbade in the end.</returns>
    /// <exception cref="InvalidOperationException">No step leads to a network within the budgets.</exception>
    public static (ConvNet Network, ImmutableArray<OrganizerStep> Steps, ImmutableArray<SkippedMove> Skipped) Organize(
        ConvNet network, OrganizerOptions options, Func<ConvNet, NetworkCost>? budgetedCost)
    {
        var organizer = new StageOrganizer(network, options, budgetedCost);
        // Ends: no step adds a unit, and no arrangement comes twice.
        organizer._seen.Add(Depths(network));
        while (organizer.TryMoveOrRemove() || organizer.TryMeetBudget())
            organizer._skipped.Clear();
        if (organizer._budget.Excess(organizer._state.BudgetedCost) is { } excess)
        {
            throw new InvalidOperationException(
                $"The organizer found no arrangement of the units of '{network.Name}' that meets the budget: with [{Depths(organizer._state.Network)}] units, {excess}. "
                + "Raise the budget, lower the width multiplier or the image size, or choose a smaller architecture.");
        }
        return (organizer._state.Network, organizer._steps.ToImmutable(), [.. organizer._skipped]);
    }

    /// <summary>Step 3 of section 4.1. Without budgets only the stage of least gain is looked at, as in the paper.</summary>
    private bool TryMoveOrRemove()
    {
        foreach (var source in _state.Sources)
        {
            var passedOver = _skipped.Count;
            var best = double.NegativeInfinity;
            foreach (var target in _state.TargetsFor(source.Stage))
            {
                best = Math.Max(best, target.Gain);
                if (target.Gain <= source.Gain || target.Gain <= _options.Threshold)
                    break;
                if (TryStep(source, target, Invariant($"stage {source.Stage + 1} (gain {source.Gain:0.0000}) → stage {target.Stage + 1} (gain {target.Gain:0.0000})")))
                    return true;
            }
            if (source.Gain < _options.Threshold && best < _options.Threshold
                && TryStep(source, null, Invariant($"removed from stage {source.Stage + 1} (gain {source.Gain:0.0000} < θ)")))
                return true;
            if (_skipped.Count == passedOver)
                return false;
        }
        return false;
    }

    /// <summary>
    /// Above a budget with no good move left: the unit of least gain goes, if that helps; else it moves where that helps. Where cheaper blocks replace
    /// its kernels, a stage of two units can cost less than one of a single unit.
    /// </summary>
    private bool TryMeetBudget() =>
        !_budget.IsMetBy(_state.BudgetedCost)
        && (_state.Sources.ToList().Any(source =>
                TryStep(source, null, Invariant($"removed from stage {source.Stage + 1} (gain {source.Gain:0.0000}) to meet the budget")))
            || _state.Sources.ToList().Any(source => _state.TargetsFor(source.Stage).ToList().Any(target =>
                TryStep(source, target, Invariant($"stage {source.Stage + 1} (gain {source.Gain:0.0000}) → stage {target.Stage + 1} (gain {target.Gain:0.0000}) to meet the budget")))));

    private bool TryStep((int Stage, double Gain) source, (int Stage, double Gain)? target, string reason)
    {
        if (Try(source.Stage, target?.Stage, out var next) is { } obstacle)
        {
            _skipped.Add(new() { Source = source.Stage + 1, Target = target?.Stage + 1, Reason = obstacle });
            return false;
        }
        _steps.Add(new()
        {
            Action = target is null ? OrganizerAction.Remove : OrganizerAction.Move,
            Source = source.Stage + 1,
            Target = target?.Stage + 1,
            SourceGain = source.Gain,
            TargetGain = target?.Gain,
            Depths = next.Network.GetStageDepths(),
            ParametersBefore = _state.Cost.Parameters,
            ParametersAfter = next.Cost.Parameters,
            MacsBefore = _state.Cost.Macs,
            MacsAfter = next.Cost.Macs,
            Reason = reason,
            Skipped = [.. _skipped],
        });
        _state = next;
        return true;
    }

    /// <returns>The reason against the step, or null.</returns>
    private string? Try(int source, int? target, out OrganizerState next)
    {
        try
        {
            next = target is { } to ? _state.Move(source, to) : _state.Remove(source);
        }
        catch (InvalidOperationException error)
        {
            // Units that change the size of their input, as even kernels do, do not fit everywhere.
            next = _state;
            return error.Message;
        }
        return _budget.Breach(_state.BudgetedCost, next.BudgetedCost) ?? (_seen.Add(Depths(next.Network)) ? null : "the same arrangement came before");
    }

    private static string Depths(ConvNet network) => string.Join(", ", network.GetStageDepths());
}
