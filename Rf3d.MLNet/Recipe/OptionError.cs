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
