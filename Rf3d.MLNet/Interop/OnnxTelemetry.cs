namespace Rf3d.MLNet;

/// <summary>
/// Turns ONNX Runtime's telemetry off. Since 1.31 it has some on Linux, on by default: an id of the device and a database of events in the user's cache, and a warning at every start
/// where that cannot be written. This file needs .NET and <see cref="NativeEnvironment"/> alone: 'rf3d' puts both into the applications that it generates.
/// </summary>
internal static class OnnxTelemetry
{
    /// <summary>1 turns it off. Where the variable has a value, that counts.</summary>
    public const string Variable = "ORT_DISABLE_TELEMETRY";

    /// <summary>Must come before ONNX Runtime is first used in the process.</summary>
    public static void TurnOffUnlessChosen() => NativeEnvironment.SetUnlessChosen(Variable, "1");
}
