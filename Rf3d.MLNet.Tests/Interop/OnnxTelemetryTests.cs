using System.Runtime.InteropServices;

namespace Rf3d.MLNet.Tests.Interop;

[TestClass]
[OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
public class OnnxTelemetryTests
{
    [TestMethod]
    [FieldReport(26)]
    public void It_is_off_for_native_code_once_the_library_is_used()
    {
        _ = Rf3dImageClassificationTrainer.Options.FromPreset(TrainingPreset.Default);
        var expected = Environment.GetEnvironmentVariable(OnnxTelemetry.Variable) ?? "1";
        Assert.AreEqual(expected, Marshal.PtrToStringUTF8(Native(OnnxTelemetry.Variable)));
    }

#pragma warning disable SYSLIB1054 // LibraryImport needs unsafe code.
    [DllImport("libc", EntryPoint = "getenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Native([MarshalAs(UnmanagedType.LPUTF8Str)] string name);
#pragma warning restore SYSLIB1054
}
