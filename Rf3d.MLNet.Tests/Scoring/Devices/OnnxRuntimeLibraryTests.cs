namespace Rf3d.MLNet.Tests.Scoring.Devices;

/// <summary>ONNX Runtime on a machine that it has no library for.</summary>
[TestClass]
public class OnnxRuntimeLibraryTests
{
    [TestMethod]
    public void A_library_that_does_not_load_is_an_error_that_programs_expect()
    {
        var error = Assert.ThrowsExactly<DllNotFoundException>(
            () => OnnxRuntimeLibrary.Use<object>(() => throw new TypeInitializationException("NativeMethods", new DllNotFoundException("There is no 'onnxruntime'."))));
        Assert.StartsWith("ONNX Runtime does not load: There is no 'onnxruntime'. It has libraries for Windows", error.Message);
    }
}
