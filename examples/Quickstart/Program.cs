// Trains an image classifier, measures it, saves it, and uses the saved model:
//
//   dotnet run -c Release --project examples/Quickstart
//   dotnet run -c Release --project examples/Quickstart -- --data FOLDER      (FOLDER/class/*.jpg, or FOLDER/{train,val}/class/*.jpg)
using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;

var data = new Option<string?>("--data") { Description = "Your own images: FOLDER/class/*.jpg, or FOLDER/{train,val}/class/*.jpg. Default: images drawn by the program." };
var model = new Option<string>("--model") { Description = "Where to save the model.", DefaultValueFactory = _ => "quickstart.zip" };
var architecture = new Option<Architecture>("--architecture") { Description = "The network to start from.", DefaultValueFactory = _ => Architecture.ResNet18Slim };
var epochs = new Option<int?>("--epochs") { Description = "Passes over the training images. Default: 6 for the drawn images, 20 for your own." };
var seed = new Option<int>("--seed") { Description = "Seed of all random choices.", DefaultValueFactory = _ => 1 };
var command = new RootCommand("Trains an image classifier with Rf3d.MLNet.") { data, model, architecture, epochs, seed };
command.SetAction((arguments, cancellation) =>
{
    try
    {
        Run(arguments, cancellation);
        return Task.FromResult(0);
    }
    catch (Exception error) when (error is ArgumentException or InvalidOperationException or IOException or InvalidDataException
        or UnauthorizedAccessException or DllNotFoundException or OperationCanceledException)
    {
        Console.Error.WriteLine(error.Message);
        return Task.FromResult(1);
    }
});
return await command.Parse(args).InvokeAsync();

void Run(ParseResult arguments, CancellationToken cancellation)
{
    var mlContext = new MLContext(arguments.GetValue(seed));

    // 1. Images: a column "Image", and a key column "Label" that knows the names of the classes.
    var (train, test) = Load(mlContext, arguments.GetValue(data));

    // 2. The trainer. It plans a network for these images before it trains.
    using var progress = new TrainingProgress();
    var trainer = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(new Rf3dImageClassificationTrainer.Options
    {
        Architecture = arguments.GetValue(architecture),
        Epoch = arguments.GetValue(epochs) ?? (arguments.GetValue(data) is null ? 6 : 20),
        MetricsCallback = progress.Report,
        CancellationToken = cancellation,
    });
    PlanTable.Write(trainer.Plan(train));

    // 3. Training.
    using var classifier = trainer.Fit(train);
    progress.Dispose();

    // 4. The model goes into a .zip that any ML.NET application loads, without Rf3d and TorchSharp. All that follows uses the loaded one.
    var path = arguments.GetValue(model)!;
    mlContext.Model.Save(classifier, train.Schema, path);
    var loaded = mlContext.Model.Load(path, out _);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Saved {path} ({new FileInfo(path).Length / 1e6:0.0} MB)"));

    // 5. ML.NET's own metrics, on images that training has not seen.
    var metrics = mlContext.MulticlassClassification.Evaluate(loaded.Transform(test));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Test accuracy {metrics.MicroAccuracy:P2} (mean over classes {metrics.MacroAccuracy:P2}), log loss {metrics.LogLoss:0.0000}"));
    Console.WriteLine(metrics.ConfusionMatrix.GetFormattedConfusionTable());

    // 6. Single images.
    var some = loaded.Transform(mlContext.Data.TakeRows(test, 5));
    var named = mlContext.Transforms.Conversion.MapKeyToValue([new("Actual", "Label"), new("Predicted", "PredictedLabel")]).Fit(some).Transform(some);
    foreach (var row in mlContext.Data.CreateEnumerable<Prediction>(named, reuseRowObject: false))
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Actual}: taken for {row.Predicted} ({row.Score.Max():P1})"));
}

static (IDataView Train, IDataView Test) Load(MLContext mlContext, string? folder)
{
    if (folder is null)
        return (mlContext.Data.LoadDrawnShapes(4000, seed: 1), mlContext.Data.LoadDrawnShapes(1000, seed: 2));
    var split = Directory.Exists(Path.Combine(folder, "train"))
        ? mlContext.Data.LoadImageFolders(folder)
        : mlContext.Data.LoadImageFolder(folder).Split(0.2);
    return (split.Train, split.Validation);
}

internal sealed class Prediction
{
    public string Actual { get; set; } = "";

    public string Predicted { get; set; } = "";

    public float[] Score { get; set; } = [];
}
