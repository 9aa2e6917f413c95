using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Rf3d.MLNet;

/// <summary>Initialisation before any use of this library.</summary>
internal static class LibraryStart
{
    // ONNX Runtime reads the variable when its library is loaded; members of this library that use it are many, and this comes before all of them.
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255:The 'ModuleInitializer' attribute should not be used in libraries", Justification = "It sets one variable of the environment, in microseconds.")]
    internal static void Run() => OnnxTelemetry.TurnOffUnlessChosen();
}
