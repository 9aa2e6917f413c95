using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.Datasets;
using Rf3d.MLNet;
using Rf3d.MLNet.Tests.Datasets;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Onnx;

/// <summary>The generated library gives the results of the .zip, and errors for people.</summary>
[TestClass]
public class OnnxLibraryTests
{
    private static readonly TempFolder Folder = new();
    private static readonly MLContext Context = new();

    [ClassCleanup]
    public static void Delete() => Folder.Dispose();

    [TestMethod]
    [DataRow("IsoCrop")]
    [DataRow("IsoPad")]
    [DataRow("Fill")]
    public void Pixels_are_those_of_MLNet(string resizing)
    {
        var random = new Random(1);
        foreach (var (width, height) in new[] { (32, 24), (33, 24), (64, 24), (7, 5), (1, 1), (1, 90), (500, 333), (333, 500), (640, 479), (32, 25), (97, 73) })
        {
            foreach (var isOpaque in new[] { true, false })
            {
                using var image = Noise(width, height, isOpaque, random);
                foreach (var background in new byte[]?[] { null, [255, 255, 255], [200, 150, 90] })
                {
                    var expected = PixelsOfMLNet(image, 24, 32, Enum.Parse<ImageResizingEstimator.ResizingKind>(resizing), background);
                    CollectionAssert.AreEqual(expected, OnnxLibrary.Pixels(image.Copy(), 24, 32, resizing, background), $"{width}×{height}, opaque: {isOpaque}, background: {background?[1]}");
                }
            }
        }
    }

    [TestMethod]
    public void Scores_are_those_of_the_zip()
    {
        List<string> files = [.. Directory.EnumerateFiles(Path.Combine(GeneratedApplication.Dataset, "test"), "*", SearchOption.AllDirectories)];
        for (var i = 0; i < 12; i++)
            files.Add(Images.Write(Folder["sizes", $"{i}{(i % 2 == 0 ? ".jpg" : ".png")}"], new SKColor((byte)(20 * i), 90, (byte)(240 - (20 * i))), 5 + (37 * i), 300 - (23 * i), i));
        for (var orientation = 1; orientation <= 8; orientation++)
        {
            foreach (var format in new[] { "jpeg", "png", "webp" })
            {
                files.Add(Folder[$"{orientation}.{format}"]);
                File.WriteAllBytes(files[^1], PictureFiles.Photograph(format, orientation));
            }
        }
        using var classifier = OnnxLibrary.Load(OnnxApplicationFolder.Model);
        using var model = Rf3dSavedModel.Load(new MLContext(), GeneratedApplication.Model);

        var expected = model.Predict(files).ToList();

        CollectionAssert.AreEqual(model.Classes.ToArray(), classifier.Labels.ToArray());
        Assert.HasCount(3, expected.Select(prediction => prediction.PredictedLabel).Distinct().ToList());
        foreach (var prediction in expected)
        {
            Same(prediction, classifier.Classify(prediction.Path!));
            Same(prediction, classifier.Classify(File.ReadAllBytes(prediction.Path!)));
            using var stream = File.OpenRead(prediction.Path!);
            Same(prediction, classifier.Classify(stream));
        }

        static void Same(ImagePrediction expected, OnnxLibrary.Result actual)
        {
            Assert.AreEqual(expected.PredictedLabel, actual.PredictedLabel, expected.Path);
            for (var i = 0; i < actual.Scores.Length; i++)
                Assert.AreEqual(expected.Scores[i], actual.Scores[i], 1e-5f, expected.Path);
        }
    }

    [TestMethod]
    public void Below_the_threshold_that_is_stored_in_the_model_or_of_the_options_the_answer_is_unknown()
    {
        File.Copy(GeneratedApplication.Model, Folder["Careful.zip"]);
        Tool.Run("threshold", Folder["Careful.zip"], "--min-confidence", "1").Must(0);
        Tool.Run("export", Folder["Careful.zip"], "--target", "onnx", "--output", Folder.Path).Must(0);
        var image = GeneratedApplication.TestImage("red");
        using (var careful = OnnxLibrary.Load(Folder["Careful", "Careful.onnx"]))
        {
            var result = careful.Classify(image);
            Assert.AreEqual(("Unknown", true, "red"), (result.PredictedLabel, result.IsUnknown, result.BestLabel));
        }
        using (var bold = OnnxLibrary.Load(Folder["Careful", "Careful.onnx"], minConfidence: 0))
            Assert.AreEqual(("red", false), (bold.Classify(image).PredictedLabel, bold.Classify(image).IsUnknown));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => OnnxLibrary.Load(Folder["Careful", "Careful.onnx"], minConfidence: 1.5f).Dispose());
    }

    [TestMethod]
    public void Many_threads_share_a_classifier()
    {
        using var classifier = OnnxLibrary.Load(OnnxApplicationFolder.Model);
        var files = Directory.GetFiles(Path.Combine(GeneratedApplication.Dataset, "test"), "*", SearchOption.AllDirectories);
        var alone = files.Select(file => classifier.Classify(file).PredictedLabel).ToList();
        var together = new string[8 * files.Length];
        Parallel.For(0, together.Length, i => together[i] = classifier.Classify(files[i % files.Length]).PredictedLabel);
        for (var i = 0; i < together.Length; i++)
            Assert.AreEqual(alone[i % files.Length], together[i]);
    }

    [TestMethod]
    public void Without_orientation_photographs_stay_as_they_are_stored()
    {
        Tool.Run("export", GeneratedApplication.Model, "--target", "onnx", "--name", "Lying", "--no-orientation", "--output", Folder.Path).Must(0);
        File.WriteAllBytes(Folder["turned.jpg"], PictureFiles.Photograph("jpeg", 6));
        using var lying = OnnxLibrary.Load(Folder["Lying", "Lying.onnx"]);
        using var upright = OnnxLibrary.Load(OnnxApplicationFolder.Model);
        using var model = Rf3dSavedModel.Load(new MLContext(), GeneratedApplication.Model);
        var expected = model.Predict(Folder["turned.jpg"], new() { ApplyOrientation = false }).Scores;
        Assert.AreEqual(expected[0], lying.Classify(Folder["turned.jpg"]).Scores[0], 1e-5f);
        Assert.AreNotEqual(expected[0], upright.Classify(Folder["turned.jpg"]).Scores[0], 1e-5f);
    }

    [TestMethod]
    public void Images_that_cannot_be_read_are_named_with_the_reason()
    {
        using var classifier = OnnxLibrary.Load(OnnxApplicationFolder.Model, maxPixels: 1_000_000);
        File.WriteAllText(Folder["text.jpg"], "no image");
        File.WriteAllBytes(Folder["empty.png"], []);
        File.WriteAllBytes(Folder["scan.tif"], PictureFiles.Photograph("tiff", 1));
        Images.Write(Folder["large.png"], SKColors.Red, 1001, 1000);
        Bad("text.jpg", "its content is not an image in a format that can be decoded (JPEG, PNG, BMP, GIF, WebP, PBM, PGM or PPM)");
        Bad("empty.png", "the file is empty");
        Bad("scan.tif", "its format is Tiff, which this application does not decode: save it as JPEG or PNG");
        Bad("large.png", "images of more than 1 megapixels are not opened");
        Bad("absent.png", "there is no such file");
        Bad(Path.GetFileName(Images.WriteCut(Folder["cut.png"])), "the file ends before the image does");
        // An empty argument of a program.
        Assert.StartsWith("The image '' cannot be read: ", Assert.ThrowsExactly<InvalidDataException>(() => classifier.Classify("")).Message);
        Assert.StartsWith("The image cannot be read: the file is empty", Assert.ThrowsExactly<InvalidDataException>(() => classifier.Classify(Array.Empty<byte>())).Message);
        classifier.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => classifier.Classify(Folder["text.jpg"]));

        void Bad(string file, string reason)
        {
            var error = Assert.ThrowsExactly<InvalidDataException>(() => classifier.Classify(Folder[file])).Message;
            Assert.StartsWith($"The image '{Folder[file]}' cannot be read: ", error);
            Assert.Contains(reason, error);
        }
    }

    [TestMethod]
    public void A_model_that_cannot_be_used_is_named_with_the_reason()
    {
        var content = File.ReadAllBytes(OnnxApplicationFolder.Model);
        File.WriteAllText(Folder["text.onnx"], "no model");
        File.WriteAllBytes(Folder["empty.onnx"], []);
        File.WriteAllBytes(Folder["cut.onnx"], content[..(content.Length / 2)]);
        Bad("text.onnx", "");
        Bad("empty.onnx", "");
        Bad("cut.onnx", "");
        // Of the same length, so that the lengths within the file stay right.
        Changed("no-classes.onnx", "classes\u0012", "klasses\u0012", "its metadata has no 'classes'. Write the file with 'rf3d export'");
        Changed("old.onnx", "resizing", "resizinG", "its metadata has no 'resizing'");
        Changed("future.onnx", "IsoCrop", "IsoWarp", "the 'resizing' in its metadata is 'IsoWarp', which this application does not know");
        Changed("size.onnx", "image_width\u0012\u000216", "image_width\u0012\u000217", "it has no input 'image' of 3 × 16 × 17 values");
        Changed("names.onnx", "\"red\"]", "\"red\"}", "the 'classes' in its metadata is");
        Assert.Contains("absent.onnx", Assert.ThrowsExactly<FileNotFoundException>(() => OnnxLibrary.Load(Folder["absent.onnx"])).Message);

        void Changed(string file, string from, string to, string reason)
        {
            var text = System.Text.Encoding.Latin1.GetString(content);
            Assert.Contains(from, text);
            File.WriteAllBytes(Folder[file], System.Text.Encoding.Latin1.GetBytes(text.Replace(from, to, StringComparison.Ordinal)));
            Bad(file, reason);
        }

        void Bad(string file, string reason)
        {
            var error = Assert.ThrowsExactly<InvalidDataException>(() => OnnxLibrary.Load(Folder[file])).Message;
            Assert.StartsWith($"'{Folder[file]}' cannot be used as a model: ", error);
            Assert.Contains(reason, error);
        }
    }

    private static SKBitmap Noise(int width, int height, bool isOpaque, Random random)
    {
        var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Bgra8888, SKAlphaType.Premul));
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                bitmap.SetPixel(x, y, new SKColor((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256), isOpaque ? (byte)255 : (byte)random.Next(256)));
        }
        return bitmap;
    }

    private static float[] PixelsOfMLNet(SKBitmap bitmap, int height, int width, ImageResizingEstimator.ResizingKind resizing, byte[]? background)
    {
        using var image = MLImage.CreateFromPixels(bitmap.Width, bitmap.Height, MLPixelFormat.Bgra32, bitmap.GetPixelSpan());
        var data = Context.Data.LoadFromEnumerable([new Row { Image = image }]);
        var colours = background is null ? ImagePixelExtractingEstimator.ColorBits.Rgb : ImagePixelExtractingEstimator.ColorBits.All;
        var pixels = Context.Transforms.ResizeImages("Resized", width, height, "Image", resizing)
            .Append(Context.Transforms.ExtractPixels("Pixels", "Resized", colours, ImagePixelExtractingEstimator.ColorsOrder.ARGB)).Fit(data).Transform(data).GetColumn<float[]>("Pixels").Single();
        return background is null ? pixels : Composite(pixels, background);
    }

    /// <summary>As the graph of a model with a background computes it.</summary>
    private static float[] Composite(float[] argb, byte[] background)
    {
        var plane = argb.Length / 4;
        return [.. Enumerable.Range(0, 3 * plane).Select(i => Math.Min(argb[plane + i], argb[i % plane]) + MathF.Round((255 - argb[i % plane]) * (background[i / plane] / 255f)))];
    }

    private sealed class Row
    {
        [ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }
}
