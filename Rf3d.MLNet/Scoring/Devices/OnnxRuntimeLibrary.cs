namespace Rf3d.MLNet;

/// <summary>The first use of ONNX Runtime, whose native library may not load: an exception that programs expect of libraries, with a message for users.</summary>
internal static class OnnxRuntimeLibrary
{
    /// <param name="use">Uses ONNX Runtime.</param>
    /// <exception cref="DllNotFoundException">The library does not load.</exception>
    public static T Use<T>(Func<T> use)
    {
        try
        {
            return use();
        }
        catch (TypeInitializationException error)
        {
            throw Missing(error);
        }
    }

    /// <param name="error">What .NET throws where the library does not load.</param>
    public static DllNotFoundException Missing(TypeInitializationException error) =>
        new($"ONNX Runtime does not load: {error.GetBaseException().Message.TrimEnd('.')}. It has libraries for Windows and Linux (x64 and Arm64; glibc) and for macOS on Arm64.", error);
}
