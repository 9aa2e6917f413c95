using System.Collections.Immutable;

namespace Rf3d.MLNet;

/// <summary>What is wrong with an option.</summary>
public sealed class OptionError
{
    internal OptionError(string option, object? value, FormattableString text) => (Option, Value, Text) = (option, value, OptionText.Of(text));

    /// <summary>The name of the option, as in "Epoch" or "Augmentation.MixUpAlpha".</summary>
    public string Option { get; }

    /// <summary>The value that it has.</summary>
    public object? Value { get; }

    /// <summary>The value, and what it must be.</summary>
    public OptionText Text { get; }

    /// <summary>The text, with the names of the properties.</summary>
    public override string ToString() => Text.ToString();
}

/// <summary>Options have values out of range, or values that cannot go together. All of them are reported at once.</summary>
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

/// <summary>An option asks for what the data, the machine, a checkpoint or a file does not permit.</summary>
public sealed class OptionConflictException : InvalidOperationException
{
    internal OptionConflictException(FormattableString text, Exception? cause = null)
        : this(OptionText.Of(text), cause)
    {
    }

    private OptionConflictException(OptionText text, Exception? cause)
        : base(text.ToString(), cause) => Text = text;

    /// <summary>The message, for front ends that have other names for the options.</summary>
    public OptionText Text { get; }
}
