using System.Collections.Immutable;

namespace Rf3d.MLNet;

/// <summary>Options have values out of range or in conflict. All of them are reported at once.</summary>
public sealed class InvalidOptionsException : ArgumentException
{
    internal InvalidOptionsException(IEnumerable<OptionError> errors)
        : this([.. errors])
    {
    }

    private InvalidOptionsException(ImmutableArray<OptionError> errors)
        : base($"Invalid options: {string.Join(" ", errors)}") => Errors = errors;

    /// <summary>The errors, in the order of the options.</summary>
    public ImmutableArray<OptionError> Errors { get; }
}
