using Microsoft.ML;
using Rf3d.Datasets;

namespace Rf3d.Benchmarks;

/// <summary>The images of FOLDER/{train,test}/class/*: all training images to learn from, and validation images, or else test images, to measure on.</summary>
internal static class TrainAndTest
{
    public static (ImageFolderDataView Train, ImageFolderDataView Test) Load(MLContext mlContext, string folder)
    {
        var layout = ImageFolderLayout.Find(folder);
        var train = mlContext.Data.LoadImageFolder(layout.TrainFolder ?? throw Lacking("training"));
        return (train, mlContext.Data.LoadImageFolder(layout.ValidationFolder ?? layout.TestFolder ?? throw Lacking("test"), new() { Classes = train.Classes }));

        DirectoryNotFoundException Lacking(string which) => new($"'{folder}' has no {which} folder.");
    }
}
