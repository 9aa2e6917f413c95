namespace Rf3d.MLNet.Tests.Interop;

[TestClass]
public class NativeEnvironmentTests
{
    [TestMethod]
    public void A_variable_reaches_native_code_and_a_value_that_is_set_stays()
    {
        const string Name = "RF3D_TEST_OF_VARIABLES";
        Assert.IsNull(NativeEnvironment.Get(Name));
        NativeEnvironment.SetUnlessChosen(Name, "first");
        Assert.AreEqual("first", NativeEnvironment.Get(Name));
        NativeEnvironment.SetUnlessChosen(Name, "second");
        Assert.AreEqual("first", NativeEnvironment.Get(Name));
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void A_variable_that_an_application_set_in_NET_alone_is_not_overridden()
    {
        const string Name = "RF3D_TEST_OF_DOTNET_VARIABLES";
        Environment.SetEnvironmentVariable(Name, "own");
        NativeEnvironment.SetUnlessChosen(Name, "ours");
        Assert.IsNull(NativeEnvironment.Get(Name));
        Environment.SetEnvironmentVariable(Name, null);
    }
}
