using Rf3d.MLNet;

namespace Rf3d.ModelBuilder.Tests;

[TestClass]
public static class TorchSetup
{
    // TorchSharp must not be touched before its libraries are loaded, and here no test can be earlier. Where they cannot be loaded, every
    // test fails with the reason rather than some of them with a TypeInitializationException.
    [AssemblyInitialize]
    public static void Load_the_native_libraries(TestContext context) => TorchNative.EnsureLoaded();
}
