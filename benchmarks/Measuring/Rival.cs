namespace Rf3d.Benchmarks;

/// <summary>One of several ways to the same end. <paramref name="Pass"/> goes it once.</summary>
internal sealed record Rival(string Name, Action Pass);
