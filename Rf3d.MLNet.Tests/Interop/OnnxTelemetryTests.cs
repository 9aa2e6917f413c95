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
        Assert.AreEqual(expected, NativeEnvironment.Get(OnnxTelemetry.Variable));
    }
}
