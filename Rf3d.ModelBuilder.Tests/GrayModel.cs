using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;

namespace Rf3d.ModelBuilder.Tests;

/// <summary>The generated model at the end of a pipeline that changes images before it.</summary>
internal static class GrayModel
{
    /// <param name="path">The .zip to write.</param>
    public static string Write(string path)
    {
        var mlContext = new MLContext(1);
        var data = mlContext.Data.LoadImageFolder(Path.Combine(GeneratedApplication.Dataset, "test"), new ImageFolderOptions { Classes = ["blue", "green", "red"] });
        var model = new TransformerChain<ITransformer>(mlContext.Transforms.ConvertToGrayscale("Image").Fit(data), mlContext.Model.Load(GeneratedApplication.Model, out _));
        mlContext.Model.Save(model, data.Schema, path);
        return path;
    }
}
