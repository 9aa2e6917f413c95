using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Rf3d.MLNet.Tests.Scoring;

/// <summary>The steps of a pipeline that change the images of its classifier.</summary>
[TestClass]
public sealed class PipelineStepsTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void Steps_that_make_another_image_of_an_image_are_found()
    {
        Assert.AreEqual("ImageGrayscalingTransformer", Changing(_ml.Transforms.ConvertToGrayscale("Image")));
        Assert.AreEqual("ImageGrayscalingTransformer", Changing(_ml.Transforms.ConvertToGrayscale("Gray", "Photo").Append(_ml.Transforms.CopyColumns("Image", "Gray"))));
        Assert.AreEqual(
            "ImageResizingTransformer, ImageGrayscalingTransformer",
            Changing(_ml.Transforms.ResizeImages("Small", 3, 3, "Photo").Append(_ml.Transforms.ConvertToGrayscale("Image", "Small"))));
        Assert.AreEqual(
            "ImagePixelExtractingTransformer, VectorToImageConvertingTransformer",
            Changing(_ml.Transforms.ExtractPixels("Numbers", "Photo").Append(_ml.Transforms.ConvertToImage(4, 6, "Image", "Numbers"))));
        Assert.AreEqual(
            "CustomMappingTransformer of Photographed, Changed",
            Changing(_ml.Transforms.CustomMapping<Photographed, Changed>((source, target) => target.Image = source.Photo, "change")));
    }

    [TestMethod]
    public void Steps_that_load_or_copy_images_or_change_others_are_not_among_them()
    {
        Assert.AreEqual("", Changing(_ml.Transforms.CopyColumns("Image", "Photo")));
        Assert.AreEqual("", Changing(_ml.Transforms.LoadImages("Image", "", "Path")));
        Assert.AreEqual("", Changing(_ml.Transforms.DecodeImage("Image", "Content")));
        Assert.AreEqual("", Changing(_ml.Transforms.ConvertToGrayscale("Gray", "Image")));
        // Of two steps that make the column, the second counts.
        Assert.AreEqual("", Changing(_ml.Transforms.ConvertToGrayscale("Image").Append(_ml.Transforms.CopyColumns("Image", "Photo"))));
    }

    private string Changing(IEstimator<ITransformer> before)
    {
        var data = _ml.Data.LoadFromEnumerable(new[] { new Row() });
        var classifier = new ImagePreprocessing { ImageColumnName = "Image", Height = 4, Width = 6 }.Create(_ml.Transforms);
        List<ITransformer> steps = [.. StepsOf(before.Append(classifier).Fit(data))];
        return string.Join(", ", PipelineSteps.Before(steps, steps.Count - 2).Changing);
    }

    private static IEnumerable<ITransformer> StepsOf(ITransformer model) => model is IEnumerable<ITransformer> chain ? chain.SelectMany(StepsOf) : [model];

    private sealed class Row
    {
        [ImageType(4, 6)]
        public MLImage? Photo { get; set; }

        [ImageType(4, 6)]
        public MLImage? Image { get; set; }

        public string Path { get; set; } = "";

        public byte[] Content { get; set; } = [];
    }

    private sealed class Photographed
    {
        [ImageType(4, 6)]
        public MLImage? Photo { get; set; }
    }

    private sealed class Changed
    {
        [ImageType(4, 6)]
        public MLImage? Image { get; set; }
    }
}
