using System.Runtime.InteropServices;

namespace Rf3d.MLNet;

/// <summary>
/// Turns ONNX Runtime's telemetry off. Since 1.31 it has some on Linux, on by default: an id of the device and a database of events in the user's cache, and a warning at every start
/// where that cannot be written. This file needs .NET alone: 'rf3d' puts it into the applications that it generates.
/// </summary>
internal static class OnnxTelemetry
{
    /// <summary>1 turns it off. Where the variable has a value, that counts.</summary>
    public const string Variable = "ORT_DISABLE_TELEMETRY";

    /// <summary>Must come before ONNX Runtime is first used in the process.</summary>
    public static void TurnOffUnlessChosen()
    {
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)))
            return;
        if (OperatingSystem.IsWindows())
            Environment.SetEnvironmentVariable(Variable, "1");
        else
            _ = SetNative(Variable, "1", 1);
    }

#pragma warning disable SYSLIB1054 // LibraryImport needs unsafe code, which generated applications do not allow.
    // .NET changes its own copy of the variables; native code looks at those of the C library.
    [DllImport("libc", EntryPoint = "setenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetNative([MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);
#pragma warning restore SYSLIB1054
}
