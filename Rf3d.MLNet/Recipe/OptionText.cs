using System.Globalization;

namespace Rf3d.MLNet;

/// <summary>A message that contains names of options. A user interface such as a command line can insert its own names.</summary>
public sealed class OptionText
{
    private readonly string _format;
    private readonly object?[] _values;

    private OptionText(string format, object?[] values) => (_format, _values) = (format, values);

    /// <summary>The sentence with other names for the options.</summary>
    /// <param name="nameOf">Returns the name for an option such as "Epoch" or "Augmentation.MixUpAlpha".</param>
    public string Render(Func<string, string> nameOf)
    {
        ArgumentNullException.ThrowIfNull(nameOf);
        return string.Format(CultureInfo.InvariantCulture, _format, Array.ConvertAll(_values, value => value switch
        {
            OptionName option => nameOf(option.Name),
            OptionText text => text.Render(nameOf),
            IEnumerable<OptionText> texts => string.Join("; ", texts.Select(text => text.Render(nameOf))),
            _ => value,
        }));
    }

    /// <summary>The sentence with the names of the properties.</summary>
    public override string ToString() => Render(name => name);

    /// <param name="text">The sentence; an <see cref="OptionName"/> in it is the name of an option.</param>
    internal static OptionText Of(FormattableString text) => new(text.Format, text.GetArguments());
}

/// <summary>The name of an option in an <see cref="OptionText"/>.</summary>
/// <param name="Name">As in "Epoch" or "Augmentation.MixUpAlpha".</param>
internal readonly record struct OptionName(string Name)
{
    public override string ToString() => Name;
}
