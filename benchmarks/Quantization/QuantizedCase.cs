using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>A model with its images.</summary>
/// <param name="Path">The .zip.</param>
/// <param name="Data">The folder of its images, with the parts train and val or test.</param>
internal sealed record QuantizedCase(string Path, string Data)
{
    private static readonly string[] TestParts = ["test", "val"];

    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public ImageFolderDataView Train(MLContext mlContext) => mlContext.Data.LoadImageFolder(System.IO.Path.Combine(Data, "train"));

    public ImageFolderDataView Test(MLContext mlContext, Rf3dSavedModel model) =>
        mlContext.Data.LoadImageFolder(TestParts.Select(part => System.IO.Path.Combine(Data, part)).First(Directory.Exists), new ImageFolderOptions { Classes = model.Classes });

    /// <summary>Ways to quantize, the default first; the others differ from it in one respect.</summary>
    /// <param name="first">The name of the first layer.</param>
    public static IEnumerable<(string Name, QuantizationOptions Options)> Variants(string first) =>
    [
        ("default", new()),
        .. Enum.GetValues<CalibrationMethod>().Where(method => method != new QuantizationOptions().Method).Select(method => ($"{method}", new QuantizationOptions { Method = method })),
        ("weights of 7 bits", new() { WeightBits = 7 }),
        ("first layer in float32", new() { Float32Layers = [first] }),
        ("50 calibration images", new() { CalibrationImages = 50 }),
        ("1,000 calibration images", new() { CalibrationImages = 1000 }),
    ];
}
