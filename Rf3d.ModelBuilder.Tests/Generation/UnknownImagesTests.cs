using System.Text.Json;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Generation;

/// <summary>Images that a generated application does not answer.</summary>
[TestClass]
public sealed class UnknownImagesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public async Task A_setting_of_the_service_makes_images_unknown()
    {
        var image = await File.ReadAllBytesAsync(Images.Write(_folder["red.png"], SKColors.Red, 20, 20));
        using var service = await WebService.Start(new() { ["MinConfidence"] = "1" });
        using var response = await service.Send(image);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.AreEqual(("Unknown", true, "red"), (
            answer.GetProperty("predictedLabel").GetString(), answer.GetProperty("isUnknown").GetBoolean(), answer.GetProperty("scores")[0].GetProperty("label").GetString()));
        Assert.Contains("classifier_predictions_total{class=\"Unknown\"} 1", await service.Client.GetStringAsync("/metrics"));

        var open = await WebService.Shared;
        using var other = await open.Send(image);
        answer = JsonDocument.Parse(await other.Content.ReadAsStringAsync()).RootElement;
        Assert.AreEqual(("red", false), (answer.GetProperty("predictedLabel").GetString(), answer.GetProperty("isUnknown").GetBoolean()));
    }

    [TestMethod]
    [DataRow("1.5")]
    [DataRow("NaN")]
    [DataRow("-Infinity")]
    [DataRow("-1")]
    public void A_setting_that_is_no_share_is_named(string value)
    {
        var result = Tool.Start("dotnet", [BuiltApplication.Program("WebApi")], environment: new() { ["MinConfidence"] = value }).Must(2);
        Assert.Contains($"The setting MinConfidence is '{value}'. Set it to a number from 0 to 1", result.Error);
    }
}
