using System.Globalization;

namespace Rf3d.ModelBuilder;

/// <summary>Figures as the tool prints them, alike on every system.</summary>
internal static class Numbers
{
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    public static string Percent(double share) => share.ToString("0.00 %", CultureInfo.InvariantCulture);

    /// <summary>A difference of shares, with its sign.</summary>
    public static string SignedPercent(double share) => share.ToString("+0.00 %;-0.00 %;0.00 %", CultureInfo.InvariantCulture);

    public static string PValue(double p) => p < 0.0001 ? "< 0.0001" : Text($"{p:0.0000}");

    public static string Count(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Megabytes(long bytes) => Text($"{bytes / 1e6:#,0.0} MB");

    public static string Gigabytes(long bytes) => Text($"{bytes / 1e9:0.0} GB");

    public static string Duration(TimeSpan time) => time.TotalHours >= 1 ? Text($"{(int)time.TotalHours}:{time:mm\\:ss}") : Text($"{time:mm\\:ss}");
}
