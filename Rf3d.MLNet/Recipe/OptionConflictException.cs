namespace Rf3d.MLNet;

/// <summary>An option is in conflict with the data, the machine, a checkpoint or a file.</summary>
public sealed class OptionConflictException : InvalidOperationException
{
    internal OptionConflictException(FormattableString text, Exception? cause = null)
        : this(OptionText.Of(text), cause)
    {
    }

    private OptionConflictException(OptionText text, Exception? cause)
        : base(text.ToString(), cause) => Text = text;

    /// <summary>The message, for user interfaces that have other names for the options.</summary>
    public OptionText Text { get; }
}
