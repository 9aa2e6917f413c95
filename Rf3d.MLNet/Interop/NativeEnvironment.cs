using System.Runtime.InteropServices;

namespace Rf3d.MLNet;

/// <summary>
/// Environment variables that native libraries read. This file needs .NET alone: 'rf3d' puts it into the applications that it generates.
/// </summary>
internal static class NativeEnvironment
{
    /// <summary>Sets a variable, unless it has a value: the user's choice has precedence. Must come before the library that reads it is loaded.</summary>
    public static void SetUnlessChosen(string name, string value)
    {
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
            return;
        if (OperatingSystem.IsWindows())
            Environment.SetEnvironmentVariable(name, value);
        else if (string.IsNullOrEmpty(Get(name)))
            _ = SetNative(name, value, 1);
    }

    /// <summary>The value that native code sees; null where there is none.</summary>
    public static string? Get(string name) =>
        OperatingSystem.IsWindows() ? Environment.GetEnvironmentVariable(name) : Marshal.PtrToStringUTF8(GetNative(name));

#pragma warning disable SYSLIB1054 // LibraryImport needs unsafe code, which generated applications do not allow.
    // On Linux and macOS, .NET changes its own copy of the variables; native code looks at those of the C library.
    [DllImport("libc", EntryPoint = "setenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetNative([MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);

    [DllImport("libc", EntryPoint = "getenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint GetNative([MarshalAs(UnmanagedType.LPUTF8Str)] string name);
#pragma warning restore SYSLIB1054
}
