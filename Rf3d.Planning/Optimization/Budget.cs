using System.Globalization;

namespace Rf3d.Planning;

/// <summary>The budgets that a network has to keep to.</summary>
internal sealed class Budget(long? maxMacs, long? maxParameters)
{
    public bool IsSet => maxMacs is not null || maxParameters is not null;

    public bool IsMetBy(NetworkCost cost) => Excess(cost) is null;

    /// <summary>Says which budget a network exceeds and by how much; null when it keeps to all.</summary>
    public string? Excess(NetworkCost cost)
    {
        var excesses = Amounts(cost).Where(amount => amount.Value > amount.Limit).Select(Describe).ToList();
        return excesses.Count == 0 ? null : string.Join(", and ", excesses);
    }

    /// <summary>
    /// Says why a step from <paramref name="before"/> to <paramref name="after"/> breaks a budget; null when it breaks none. A network that is
    /// above a budget may step to one that is less above it.
    /// </summary>
    public string? Breach(NetworkCost before, NetworkCost after)
    {
        var breaches = Amounts(after).Zip(Amounts(before))
            .Where(pair => pair.First.Value > pair.First.Limit && !(pair.Second.Value > pair.Second.Limit && pair.First.Value < pair.Second.Value))
            .Select(pair => Describe(pair.First))
            .ToList();
        return breaches.Count == 0 ? null : string.Join(", and ", breaches);
    }

    internal static long? RequirePositive(long? value, string name) =>
        value is null or > 0 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 1, or null for no limit.");

    private IEnumerable<(string Unit, long Value, long Limit)> Amounts(NetworkCost cost)
    {
        if (maxMacs is { } macs)
            yield return ("MACs", cost.Macs, macs);
        if (maxParameters is { } parameters)
            yield return ("parameters", cost.Parameters, parameters);
    }

    private static string Describe((string Unit, long Value, long Limit) amount) => string.Create(
        CultureInfo.InvariantCulture,
        $"{amount.Value:#,0} {amount.Unit} is {amount.Value - amount.Limit:#,0} above the budget of {amount.Limit:#,0}");
}
