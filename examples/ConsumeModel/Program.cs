// Classifies image files with a model that Rf3d.MLNet trained. This application references neither Rf3d.MLNet nor TorchSharp:
// the .zip is made of ML.NET's own parts.
//
//   dotnet run -c Release --project examples/ConsumeModel -- quickstart.zip photo.jpg another.png
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.Datasets;

if (args.Length < 2)
{
    Console.Error.WriteLine("Usage: ConsumeModel MODEL.zip IMAGE [IMAGE ...]");
    return 2;
}

var mlContext = new MLContext();
ITransformer model;
try
{
    model = mlContext.Model.Load(args[0], out _);
}
catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or InvalidOperationException or InvalidDataException)
{
    Console.Error.WriteLine($"'{args[0]}' is no model that can be loaded: {error.Message}");
    return 1;
}

using var engine = mlContext.Model.CreatePredictionEngine<ImageInput, Prediction>(model);

// The scores are in the order of the classes, whose names the column carries.
var slotNames = default(VBuffer<ReadOnlyMemory<char>>);
engine.OutputSchema["Score"].GetSlotNames(ref slotNames);
var classes = slotNames.DenseValues().Select(name => name.ToString()).ToArray();

var failures = 0;
foreach (var path in args.Skip(1))
{
    try
    {
        // ImageReader, and not MLImage.CreateFromFile or LoadImages: it applies the EXIF orientation, limits the number of pixels before memory is allocated, and rejects truncated
        // files. MLImage.CreateFromStream ends the process at some damaged files.
        using var image = ImageReader.Read(path);
        var best = engine.Predict(new ImageInput { Image = image }).Score
            .Select((score, index) => (Name: classes[index], Score: score))
            .OrderByDescending(item => item.Score)
            .Take(3);
        Console.WriteLine($"{path}: {string.Join(", ", best.Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.Name} {item.Score:P1}")))}");
    }
    catch (InvalidDataException error)
    {
        Console.Error.WriteLine(error.Message);
        failures++;
    }
}
return failures == 0 ? 0 : 1;

internal sealed class ImageInput
{
    // ML.NET requires a size here and does not use it: the model resizes.
    [ImageType(1, 1)]
    public MLImage? Image { get; set; }
}

internal sealed class Prediction
{
    public float[] Score { get; set; } = [];
}
