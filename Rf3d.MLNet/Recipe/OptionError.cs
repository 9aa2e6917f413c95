namespace Rf3d.MLNet;

/// <summary>An error in an option.</summary>
public sealed class OptionError
{
    internal OptionError(string option, object? value, FormattableString text) => (Option, Value, Text) = (option, value, OptionText.Of(text));

    /// <summary>The name of the option, as in "Epoch" or "Augmentation.MixUpAlpha".</summary>
    public string Option { get; }

    /// <summary>The value of the option.</summary>
    public object? Value { get; }

    /// <summary>The value and its limits.</summary>
    public OptionText Text { get; }

    /// <summary>The text, with the names of the properties.</summary>
    public override string ToString() => Text.ToString();
}
