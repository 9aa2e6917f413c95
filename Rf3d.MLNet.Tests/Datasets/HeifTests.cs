using Rf3d.Datasets;

namespace Rf3d.MLNet.Tests.Datasets;

/// <summary>HEIC and AVIF, with the library that 'rf3d install-heic' installs and without it.</summary>
[TestClass]
public sealed class HeifTests
{
    public static string Fixture(string extension) => Project.RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Datasets", "Formats", $"left-red-right-blue.{extension}");

    [TestMethod]
    [FieldReport(5)]
    [DataRow("heic", "a HEIC image")]
    [DataRow("avif", "an AVIF image")]
    public void Without_it_they_are_refused_with_the_remedy(string extension, string named)
    {
        if (HeifLibrary.IsInstalled)
            Assert.Inconclusive($"It is installed, in {HeifLibrary.Folder}.");
        var message = Assert.ThrowsExactly<InvalidDataException>(() => ImageReader.Read(Fixture(extension))).Message;
        Assert.Contains(named, message);
        Assert.Contains("rf3d install-heic", message);
    }

    [TestMethod]
    [DataRow("heic")]
    [DataRow("avif")]
    public void With_it_they_are_read_and_refused_where_they_are_cut_short_or_damaged(string extension)
    {
        if (!HeifLibrary.IsInstalled)
            Assert.Inconclusive($"Magick.NET is not installed in {HeifLibrary.Folder}; 'rf3d install-heic' installs it.");
        Assert.IsNull(HeifLibrary.Problem());
        var content = File.ReadAllBytes(Fixture(extension));
        using (var image = ImageReader.Read(content))
        {
            Assert.AreEqual((64, 48), (image.Width, image.Height));
            for (var x = 4; x < 64; x += 8)
            {
                var pixel = image.Pixels.Slice(4 * ((24 * 64) + x), 4).ToArray();
                Assert.IsGreaterThan(200, (int)pixel[x < 32 ? 2 : 0], $"column {x}");
                Assert.IsLessThan(60, (int)pixel[x < 32 ? 0 : 2], $"column {x}");
                Assert.AreEqual(255, pixel[3]);
            }
        }
        Assert.Contains("pixels; images of more than", Assert.ThrowsExactly<InvalidDataException>(() => ImageReader.Read(content, 1000)).Message);
        for (var length = 40; length < content.Length; length += 9)
            Assert.ThrowsExactly<InvalidDataException>(() => ImageReader.Read(content[..length]), $"{length} bytes");
        var random = new Random(3);
        for (var i = 0; i < 100; i++)
        {
            var damaged = content.ToArray();
            damaged[random.Next(16, damaged.Length)] = (byte)random.Next(256);
            try
            {
                ImageReader.Read(damaged).Dispose();
            }
            catch (InvalidDataException)
            {
                // Refused.
            }
        }
    }
}
