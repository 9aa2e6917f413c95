using System.CommandLine;
using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d report</c>: one page on a saved model: its structure, its quality, and its data.</summary>
internal static class ReportCommand
{
    private const string ImageColumn = "Image";

    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var model = new Argument<string>("MODEL") { Description = "The .zip that was trained." };
        var dataset = new Option<string>("--dataset") { HelpName = "FOLDER", Description = "Folder of the images to measure on: FOLDER/class/image.jpg. In a folder with train, val and test, the images of test are used, or those of val if there is no test; the report describes the other parts.", Required = true };
        var training = new Option<string?>("--training-dataset") { HelpName = "FOLDER", Description = "Folder of the images that the model was trained on. The report describes them and lists those that are also among the images to measure on. Default: 'train' in the dataset." };
        var output = new Option<string>("--output", "-o") { HelpName = "FILE", Description = "The file to write.", DefaultValueFactory = _ => "report.html" };
        var title = new Option<string?>("--title") { HelpName = "TEXT", Description = "Title of the report. Default: the name of the model file." };
        var skip = new Option<bool>("--skip-bad-images") { Description = "Leave out images that cannot be read, up to a tenth of them, and list them, instead of stopping." };
        var limit = new ImageSizeLimit();
        var orientation = new OrientationOption();
        var labels = new LabelOptions();
        var device = new DeviceOption();
        var baseline = new Option<bool>("--baseline") { Description = $"Also train ML.NET's own pretrained features (DnnFeaturizeImage with ResNet18, logistic regression) on the training images, and show them beside the model. Needs training images and the weights of {BaselineClassifier.Weights}." };
        var force = new Option<bool>("--force") { Description = "Replace an existing file." };
        var command = new Command("report", "Writes a report on a saved model: one HTML page with its network, training, figures, mistakes, class-activation maps, and its data set.")
        {
            model, dataset, training, output, title, skip, limit.Option, orientation.Option, device.Option, baseline, force,
        };
        foreach (var option in labels.All)
            command.Add(option);
        command.SetAction(arguments =>
        {
            var path = arguments.GetValue(output)!;
            var modelPath = arguments.GetValue(model)!;
            OutputFile.CheckDiffers(path, modelPath, output.Name, ".html");
            OutputFile.Check(path, "report", arguments.GetValue(force));
            var mlContext = new MLContext();
            using var taken = OutputLock.Take(Path.GetFullPath(path), "wait for that one, or choose another --output");
            using var file = device.Load(mlContext, modelPath, arguments);
            UnchangedImages.Require(file.ImageSteps, modelPath);
            var options = new ImageFolderOptions
            {
                OnBadImage = arguments.GetValue(skip) ? BadImageAction.Skip : BadImageAction.Fail,
                MaxPixels = limit.Pixels(arguments),
                ApplyOrientation = orientation.IsApplied(arguments),
            };
            var source = DataSource.Find(mlContext, arguments.GetValue(dataset)!, labels.Value(arguments.CommandResult), options);
            var parts = source.Parts.Select(part => (part.Name, Data: part.Load(file.Classes))).ToList();
            if (arguments.GetValue(training) is { } other)
                parts = [(ReportRequest.TrainingPart, DataSource.Find(mlContext, other, null, options).Train.Load(file.Classes)), .. parts.Where(part => part.Name != ReportRequest.TrainingPart)];
            var network = arguments.GetValue(baseline) ? BaselineNetwork(parts.SkipLast(1).Select(part => part.Name)) : null;
            var data = ReportWriter.Write(
                new()
                {
                    Title = arguments.GetValue(title) ?? Path.GetFileNameWithoutExtension(modelPath),
                    Model = ReportedModel.Of(file) with { Transform = view => file.Transform(Named(mlContext, view, file.ImageColumnName)) },
                    Test = parts[^1].Data,
                    TestName = parts[^1].Name,
                    OtherSplits = [.. parts.SkipLast(1).Select(part => (part.Name, (IDataView)part.Data))],
                    BaselineNetwork = network,
                    Unused = [.. source.Unused, .. parts.SelectMany(part => part.Data.UnusedFiles)],
                    Cancellation = cancellation,
                },
                path);
            foreach (var line in DataSetNotes.Lines(data.Unused))
                console.Error.WriteLine(line);
            foreach (var image in data.Splits.SelectMany(split => split.Skipped).DistinctBy(image => image.Path))
                console.Error.WriteLine($"Skipped {Printable.Line(image.Path)}: {image.Reason}");
            console.Out.WriteLine(Numbers.Text($"Wrote {path} ({Numbers.Megabytes(new FileInfo(path).Length)}): accuracy {Numbers.Percent(data.Results.Accuracy.Value)} on {Numbers.Count(data.Results.Images.Length)} {data.TestName} images."));
            if (data.Baseline is { } measured)
                console.Out.WriteLine(Numbers.Text($"ML.NET's own pretrained features: accuracy {Numbers.Percent(measured.Accuracy.Value)}, log loss {measured.LogLoss:0.000}; the model's log loss is {data.Results.LogLoss:0.000}."));
            return ExitCode.Ok;
        });
        return command;

        string BaselineNetwork(IEnumerable<string> others) =>
            !others.Contains(ReportRequest.TrainingPart)
                ? throw new CommandException($"{baseline.Name} needs the images that the model was trained on: name their folder with {training.Name}.")
                : PretrainedWeights.Find(BaselineClassifier.Weights) ?? throw new CommandException($"{baseline.Name} needs the weights of {BaselineClassifier.Weights}, which are not on this machine. 'rf3d install-weights {BaselineClassifier.Weights}' gets them once.");
    }

    /// <summary>A model that was trained in code may want its images in a column of another name.</summary>
    private static IDataView Named(MLContext mlContext, IDataView data, string column) =>
        column == ImageColumn ? data : mlContext.Transforms.CopyColumns(column, ImageColumn).Fit(data).Transform(data);
}
