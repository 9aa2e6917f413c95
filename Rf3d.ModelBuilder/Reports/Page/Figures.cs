using System.Globalization;

namespace Rf3d.ModelBuilder;

/// <summary>Numbers as people read them.</summary>
internal static class Figures
{
    // Signs that are no letters: a minus as long as a plus, and a space at which no line breaks.
    private const char Minus = '\u2212';
    private const char Space = '\u00A0';

    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>"1 image", "2,000 images".</summary>
    public static string Count(long value, string one, string? many = null) => $"{Count(value)} {(value == 1 ? one : many ?? one + "s")}";

    /// <summary>A share in percent with one decimal; a dash where there is none.</summary>
    public static string Percent(double? share) =>
        share is { } value && double.IsFinite(value) ? (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + Space + "%" : "–";

    public static string Number(double? number, string format = "0.000") =>
        number is { } value && double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture).Replace('-', Minus) : "–";

    /// <summary>Millions of multiply-accumulates.</summary>
    public static string Macs(long macs) => (macs / 1e6).ToString("#,0.0", CultureInfo.InvariantCulture);

    /// <summary>The change from one to another in percent, with its sign.</summary>
    public static string Change(double before, double after)
    {
        if (before.Equals(after))
            return "±0" + Space + "%";
        return (100 * (after - before) / before).ToString("+0.0;-0.0", CultureInfo.InvariantCulture).Replace('-', Minus) + Space + "%";
    }

    public static string Time(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min")
        : time.TotalMinutes >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min {time.Seconds} s") : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");
}
