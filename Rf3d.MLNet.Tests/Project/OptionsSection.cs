namespace Rf3d.MLNet.Tests.Project;

/// <summary>A section of the page on options: a class of options, or an enum.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Text">Where the options are given, before the documentation of the type.</param>
/// <param name="Defaults">The options with the defaults that the table shows; any value of an enum.</param>
internal sealed record OptionsSection(string Title, string Text, object Defaults)
{
    public Type Type => Defaults.GetType();
}
