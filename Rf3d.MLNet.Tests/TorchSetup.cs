using System.Globalization;

namespace Rf3d.MLNet.Tests;

[TestClass]
public static class TorchSetup
{
    // TorchSharp must not be touched before its libraries are loaded, and here no test can be earlier. Where they cannot be loaded, every
    // test fails with the reason rather than some of them with a TypeInitializationException.
    [AssemblyInitialize]
    public static void Load_the_native_libraries(TestContext context)
    {
        UseComma();
        TorchNative.EnsureLoaded();
        // As if the user had chosen: tests compare weights bit by bit, also beside other work, and so do the processes that they start.
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OMP_NUM_THREADS")))
            Environment.SetEnvironmentVariable("OMP_NUM_THREADS", $"{Environment.ProcessorCount}");
    }

    // Applications may run in a culture with other separators. No text of the library depends on it: errors, logs, metadata, files.
    private static void UseComma()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NumberGroupSeparator) = (",", ".");
        (culture.NumberFormat.PercentDecimalSeparator, culture.NumberFormat.PercentGroupSeparator) = (",", ".");
        culture.DateTimeFormat.ShortDatePattern = "dd.MM.yyyy";
        (CultureInfo.CurrentCulture, CultureInfo.DefaultThreadCurrentCulture) = (culture, culture);
    }
}
