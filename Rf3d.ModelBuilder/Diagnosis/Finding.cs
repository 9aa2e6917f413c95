namespace Rf3d.ModelBuilder;

/// <summary>How serious a finding is.</summary>
internal enum Verdict
{
    /// <summary>All is well.</summary>
    Good,

    /// <summary>Training works, but there is something to know.</summary>
    Note,

    /// <summary>Training cannot work.</summary>
    Bad,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">Name of the checked item.</param>
/// <param name="Verdict">How serious it is.</param>
/// <param name="Text">The result of the check.</param>
/// <param name="Remedy">The remedy; null if there is none.</param>
internal sealed record Finding(string Name, Verdict Verdict, string Text, string? Remedy = null);
