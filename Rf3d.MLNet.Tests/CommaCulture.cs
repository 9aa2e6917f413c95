using System.Globalization;

namespace Rf3d.MLNet.Tests;

/// <summary>Applications may run in a culture with other separators. No text of the library, the tool or the applications that it generates depends on it: errors, logs, tables, metadata, files.</summary>
internal static class CommaCulture
{
    /// <summary>Numbers of this process and of those that it starts have a decimal comma.</summary>
    public static void Use()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NumberGroupSeparator) = (",", ".");
        (culture.NumberFormat.PercentDecimalSeparator, culture.NumberFormat.PercentGroupSeparator) = (",", ".");
        culture.DateTimeFormat.ShortDatePattern = "dd.MM.yyyy";
        (CultureInfo.CurrentCulture, CultureInfo.DefaultThreadCurrentCulture) = (culture, culture);
        UseInChildProcesses();
    }

    /// <summary>Numbers of the processes that this one starts have a decimal comma, where the system takes the culture from the environment and they do not decline it, as the tool does.</summary>
    public static void UseInChildProcesses()
    {
        Environment.SetEnvironmentVariable("LANG", "de_DE.UTF-8");
        // Tests read what the SDK prints.
        Environment.SetEnvironmentVariable("DOTNET_CLI_UI_LANGUAGE", "en");
    }
}
