namespace Rf3d.MLNet;

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
