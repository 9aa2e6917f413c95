namespace Rf3d.MLNet.Tests;

[TestClass]
public static class TorchSetup
{
    // TorchSharp must not be touched before its libraries are loaded, and here no test can be earlier. Where they cannot be loaded, every
    // test fails with the reason rather than some of them with a TypeInitializationException.
    [AssemblyInitialize]
    public static void Load_the_native_libraries(TestContext context)
    {
        CommaCulture.Use();
        TorchNative.EnsureLoaded();
        // As if the user had chosen: tests compare weights bit by bit, also beside other work, and so do the processes that they start.
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OMP_NUM_THREADS")))
            Environment.SetEnvironmentVariable("OMP_NUM_THREADS", $"{Environment.ProcessorCount}");
    }
}
