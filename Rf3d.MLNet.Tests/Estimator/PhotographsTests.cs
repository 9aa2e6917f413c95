using Microsoft.ML;
using Rf3d.MLNet.Tests.Datasets;
using SkiaSharp;

namespace Rf3d.MLNet.Tests.Estimator;

/// <summary>A training on photographs, held in all ways, is one on the upright images.</summary>
[TestClass]
public sealed class PhotographsTests : IDisposable
{
    private const int Size = 16;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [FieldReport(2)]
    public void A_training_on_photographs_has_the_weights_and_figures_of_one_on_upright_images()
    {
        int[] held = [3, 6, 8];
        for (var i = 0; i < 24; i++)
        {
            var isLying = i % 2 == 0;
            var name = isLying ? "lying" : "standing";
            SKColor Upright(int x, int y) => ((isLying ? y : x) + i) / 3 % 2 == 0 ? new((byte)(8 * i), 20, 90) : new(250, (byte)(200 + i), (byte)x);
            var orientation = held[i % held.Length];
            File.WriteAllBytes(_folder.New("upright", name, $"{i}.png"), PictureFiles.Encode("png", Size, Size, Upright));
            var stored = PictureFiles.Encode("png", Size, Size, (column, row) => orientation switch
            {
                3 => Upright(Size - 1 - column, Size - 1 - row),
                6 => Upright(Size - 1 - row, column),
                _ => Upright(row, Size - 1 - column),
            });
            File.WriteAllBytes(_folder.New("photographs", name, $"{i}.png"), PictureFiles.WithExif("png", stored, PictureFiles.Exif(orientation)));
        }
        var mlContext = new MLContext(1);
        using var upright = Train("upright");
        using var photographs = Train("photographs");
        using var unturned = Train("photographs", isUpright: false);
        foreach (var name in upright.Model.Weights.Names)
            CollectionAssert.AreEqual(upright.Model.Weights[name].Values, photographs.Model.Weights[name].Values, name);
        Assert.IsTrue(upright.Model.Weights.Names.Any(name => !upright.Model.Weights[name].Values.SequenceEqual(unturned.Model.Weights[name].Values)), "The orientation makes a difference here.");

        mlContext.Model.Save(upright, mlContext.Data.LoadImageFolder(_folder["upright"]).Schema, _folder["model.zip"]);
        using var saved = Rf3dSavedModel.Load(new MLContext(), _folder["model.zip"]);
        Assert.AreEqual(saved.Evaluate(mlContext.Data.LoadImageFolder(_folder["upright"])).LogLoss, saved.Evaluate(mlContext.Data.LoadImageFolder(_folder["photographs"])).LogLoss);

        Rf3dImageClassificationTransformer Train(string folder, bool isUpright = true) => SmallTask
            .Trainer(mlContext, options => (options.Network, options.Seed, options.BatchSize) = (SmallTask.Network with { Classes = 2 }, 3, 8))
            .Fit(mlContext.Data.LoadImageFolder(_folder[folder], new() { ApplyOrientation = isUpright }));
    }
}
