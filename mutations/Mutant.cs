namespace Rf3d.Mutations;

/// <summary>One place that hands an option on, and how it is made to lose it.</summary>
internal sealed record Mutant(int Number, string File, int Line, string Option, string Text)
{
    public string Project => File[..File.IndexOf('/', StringComparison.Ordinal)];

    public string TestProject => Project == "Rf3d.ModelBuilder" ? "Rf3d.ModelBuilder.Tests" : "Rf3d.MLNet.Tests";
}
