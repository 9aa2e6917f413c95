using System.CommandLine;
using System.CommandLine.Parsing;

namespace Rf3d.ModelBuilder;

/// <summary>The option --no-orientation, alike in every command that opens images.</summary>
internal sealed class OrientationOption
{
    public Option<bool> Option { get; } = new("--no-orientation")
    {
        Description = "Do not turn photographs upright by their EXIF orientation.",
    };

    /// <summary>Whether images are turned upright.</summary>
    public bool IsApplied(ParseResult arguments) => IsApplied(arguments.CommandResult);

    /// <inheritdoc cref="IsApplied(ParseResult)"/>
    public bool IsApplied(CommandResult arguments) => !arguments.GetValue(Option);
}
