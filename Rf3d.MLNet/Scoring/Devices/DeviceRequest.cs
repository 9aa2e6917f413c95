using System.Globalization;
using System.Text.RegularExpressions;

namespace Rf3d.MLNet;

/// <summary>The device that an option of scoring asks for.</summary>
/// <param name="Text">The value of the option.</param>
/// <param name="IsAuto">Whether the machine decides.</param>
/// <param name="Gpu">The GPU, counted from 0; null for the CPU, and where the machine decides.</param>
internal sealed partial record DeviceRequest(string Text, bool IsAuto, int? Gpu)
{
    /// <exception cref="ArgumentException">The value is not a device.</exception>
    public static DeviceRequest Parse(string? value) => Find(value) ?? throw new ArgumentException(
        $"{nameof(SavedModelOptions.Device)} is {(value is null ? "null" : $"\"{value}\"")}; it must be \"auto\", \"cpu\", \"cuda\" or \"cuda:\" and a number of up to three digits.");

    /// <returns>Null where the value is not a device.</returns>
    public static DeviceRequest? Find(string? value) => value switch
    {
        "auto" => new(value, true, null),
        "cpu" => new(value, false, null),
        "cuda" => new(value, false, 0),
        not null when Numbered().Match(value) is { Success: true } match => new(value, false, int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)),
        _ => null,
    };

    [GeneratedRegex(@"^cuda:([0-9]{1,3})\z")]
    private static partial Regex Numbered();
}
