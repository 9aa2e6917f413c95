using System.Text.Json;

namespace Rf3d.MLNet.Tests.Options;

[TestClass]
public sealed class RgbColorTests
{
    [TestMethod]
    [DataRow("white", 255, 255, 255)]
    [DataRow(" Black", 0, 0, 0)]
    [DataRow("ff8001", 255, 128, 1)]
    [DataRow("#FF8001", 255, 128, 1)]
    public void A_colour_is_a_name_or_six_digits(string text, int red, int green, int blue)
    {
        var color = RgbColor.Parse(text);
        Assert.AreEqual(new RgbColor((byte)red, (byte)green, (byte)blue), color);
        Assert.AreEqual(color, RgbColor.Parse(color.ToString()));
        Assert.AreEqual(color, JsonSerializer.Deserialize<RgbColor>(JsonSerializer.Serialize(color)));
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("purple")]
    [DataRow("ff800")]
    [DataRow("ff80001")]
    [DataRow("0xff80")]
    [DataRow("+f8001")]
    [DataRow("##ff800")]
    public void Any_other_text_is_an_error_that_describes_the_format(string text)
    {
        Assert.Contains($"as in ff8000; '{text}' is none of these", Assert.ThrowsExactly<FormatException>(() => RgbColor.Parse(text)).Message);
        Assert.ThrowsExactly<JsonException>(() => JsonSerializer.Deserialize<RgbColor>($"\"{text}\""));
    }
}
