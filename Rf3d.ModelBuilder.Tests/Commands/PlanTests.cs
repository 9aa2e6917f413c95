namespace Rf3d.ModelBuilder.Tests.Commands;

[TestClass]
public class PlanTests
{
    [TestMethod]
    [DataRow("--image-size", "2147483647", "--image-size is 2147483647; it must be from 1 to 32768.")]
    [DataRow("--image-size", "0", "--image-size is 0")]
    [DataRow("--classes", "2147483647", "--classes is 2147483647; it must be from 1 to 1048576.")]
    [DataRow("--depths", "999999999,1,1,1", "--depths is a list of numbers from 1 to 1000")]
    [DataRow("--depths", "0,1,1,1", "--depths is a list of numbers from 1 to 1000")]
    public void Numbers_beyond_all_networks_are_named(string option, string value, string message)
    {
        var result = Tool.Run("plan", option, value).Must(2);
        Assert.Contains(message, result.Error);
        Assert.AreEqual("", result.Output);
    }

    [TestMethod]
    public void The_largest_numbers_end_in_a_plan_or_in_an_error()
    {
        Tool.Run("plan", "--image-size", "32768", "--classes", "1048576", "--width-multiplier", "16", "--depths", "1000,1000,1000,1000").Must(0);
        Assert.Contains("values in a row", Tool.Run("plan", "--image-size", "32768", "--width-multiplier", "16", "--architecture", "Vgg16").Must(1).Error);
    }

    [TestMethod]
    public void A_size_that_costs_more_than_a_larger_one_is_told()
    {
        Assert.Contains("Larger images would cost less", Tool.Run("plan", "--image-size", "64").Must(0).Output);
        Assert.DoesNotContain("Larger images", Tool.Run("plan", "--image-size", "32").Must(0).Output);
        Assert.DoesNotContain("Larger images", Tool.Run("plan", "--image-size", "128").Must(0).Output);
        Assert.DoesNotContain("Larger images", Tool.Run("plan", "--image-size", "64", "--json").Must(0).Output);
    }
}
