// Trains an image classifier, measures it, saves it, and uses the saved model:
//
//   dotnet run -c Release --project examples/Quickstart
//   dotnet run -c Release --project examples/Quickstart -- --data FOLDER       (FOLDER/class/*.jpg, or FOLDER/{train,val}/class/*.jpg)
//   dotnet run -c Release --project examples/Quickstart -- --cifar10 FOLDER    (downloads CIFAR-10 to FOLDER if it is not there)
using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Rf3d.MLNet;
using Rf3d.Planning;

var data = new Option<string?>("--data") { Description = "Your own images: FOLDER/class/*.jpg, or FOLDER/{train,val}/class/*.jpg. Default: images drawn by the program." };
var cifar = new Option<string?>("--cifar10") { Description = "CIFAR-10 in its binary form: where the archive is, or is to be downloaded to (170 MB)." };
var skip = new Option<bool>("--skip-bad-images") { Description = "Leave out images of --data that cannot be read, up to a tenth of them, and list them, instead of stopping." };
var model = new Option<string>("--model") { Description = "Where to save the model.", DefaultValueFactory = _ => "quickstart.zip" };
var architecture = new Option<Architecture?>("--architecture") { Description = "The network to start from. Default: that of pretrained weights where there are any, else ResNet18Slim." };
var decomposition = new Option<string>("--decomposition") { Description = "Cheap kernels in place of convolutions: off, auto, dw+pw, dw+rpw-g2-o50.", DefaultValueFactory = _ => "off" };
var checkpoints = new Option<string?>("--checkpoints") { Description = "Folder to save the training in: after an interruption the same command resumes from there." };
var epochs = new Option<int?>("--epochs") { Description = "Passes over the training images. Default: for images of --data that of the trainer, else 6." };
var seed = new Option<int>("--seed") { Description = "Seed of all random choices.", DefaultValueFactory = _ => 1 };
var command = new RootCommand("Trains an image classifier with Rf3d.MLNet.") { data, cifar, skip, model, architecture, decomposition, checkpoints, epochs, seed };
command.SetAction(async arguments =>
{
    // Faster with large networks: this process trains and does nothing else.
    TorchRuntime.KeepMemory();
    // Ctrl+C stops training and keeps the best epoch so far; a second one ends the program.
    using var stop = new CancellationTokenSource();
    Console.CancelKeyPress += (_, key) =>
    {
        key.Cancel = !stop.IsCancellationRequested;
        stop.Cancel();
    };
    try
    {
        await Run(arguments, stop.Token);
        return 0;
    }
    catch (Exception error) when (error is ArgumentException or FormatException or InvalidOperationException or IOException or InvalidDataException
        or UnauthorizedAccessException or DllNotFoundException or OperationCanceledException or HttpRequestException)
    {
        Console.Error.WriteLine(error.Message);
        return 1;
    }
});
return await command.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

async Task Run(ParseResult arguments, CancellationToken cancellation)
{
    var mlContext = new MLContext(arguments.GetValue(seed));

    // Where nothing can be saved, better to know it before the training.
    var path = Path.GetFullPath(arguments.GetValue(model)!);
    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
    File.Create($"{path}.tmp", 1, FileOptions.DeleteOnClose).Dispose();

    // 1. Images: a column "Image", and a key column "Label" that knows the names of the classes.
    var own = arguments.GetValue(data);
    var (train, test) = arguments.GetValue(cifar) is { } archive
        ? await Images.LoadCifar10(mlContext, archive, cancellation)
        : own is null ? Images.Draw(mlContext) : Images.LoadFolder(mlContext, own, arguments.GetValue(skip));

    // 2. The trainer. It plans a network for these images before it trains.
    using var progress = new TrainingProgress();
    var trainer = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(new Rf3dImageClassificationTrainer.Options
    {
        Architecture = arguments.GetValue(architecture),
        Decomposition = Decomposition.Parse(arguments.GetValue(decomposition)!),
        Epoch = arguments.GetValue(epochs) ?? (own is null ? 6 : null),
        CheckpointDirectory = arguments.GetValue(checkpoints),
        MetricsCallback = progress.Report,
        CancellationToken = cancellation,
    });
    PlanTable.Write(trainer.Plan(train));

    // 3. Training.
    using var classifier = trainer.Fit(train);
    progress.Dispose();
    Images.ReportSkipped(train, test);
    if (classifier.History.StopReason != TrainingStopReason.Completed)
    {
        var kept = classifier.History.Pretrained is { Adaptation: Adaptation.Probe } ? "the classifier on pretrained features" : $"the one of epoch {classifier.History.BestEpoch}";
        Console.WriteLine($"Training ended early ({classifier.History.StopReason}); the model is {kept}.");
    }

    // 4. The model goes into a .zip that any ML.NET application loads, without Rf3d and TorchSharp. All that follows uses the loaded one.
    mlContext.Model.Save(classifier, train.Schema, path);
    var loaded = mlContext.Model.Load(path, out _);
    using var native = loaded as IDisposable;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Saved {Path.GetFileName(path)} ({new FileInfo(path).Length / 1e6:0.0} MB)"));

    // 5. ML.NET's own metrics, on images that training has not seen.
    var metrics = mlContext.MulticlassClassification.Evaluate(loaded.Transform(test));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Test accuracy {metrics.MicroAccuracy:P2} (mean over classes {metrics.MacroAccuracy:P2}), log loss {metrics.LogLoss:0.0000}"));
    Console.WriteLine(metrics.ConfusionMatrix.GetFormattedConfusionTable());

    // 6. Single images, from all over the test set.
    var count = (long)metrics.ConfusionMatrix.Counts.Sum(row => row.Sum());
    for (var i = 0; i < 5; i++)
    {
        var before = i * count / 5;
        var one = loaded.Transform(mlContext.Data.TakeRows(before == 0 ? test : mlContext.Data.SkipRows(test, before), 1));
        var named = mlContext.Transforms.Conversion.MapKeyToValue([new("Actual", "Label"), new("Predicted", "PredictedLabel")]).Fit(one).Transform(one);
        var row = mlContext.Data.CreateEnumerable<Prediction>(named, reuseRowObject: false).Single();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Actual}: taken for {row.Predicted} ({row.Score.Max():P1})"));
    }
}

internal sealed class Prediction
{
    public string Actual { get; set; } = "";

    public string Predicted { get; set; } = "";

    public float[] Score { get; set; } = [];
}
