using System.CommandLine;
using System.Text;
using System.Text.Json;
using Microsoft.ML;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d evaluate</c>: how good a saved model is on a folder of images.</summary>
internal static class EvaluateCommand
{
    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var model = new Argument<string>("MODEL") { Description = "The .zip that was trained." };
        var dataset = new Option<string>("--dataset") { HelpName = "FOLDER", Description = "Folder of the images: FOLDER/class/image.jpg. In a folder with train, val and test, the images of test are used, or those of val if there is no test.", Required = true };
        var skip = new Option<bool>("--skip-bad-images") { Description = "Leave out images that cannot be read, and list them, instead of stopping." };
        var limit = new ImageSizeLimit();
        var labels = new LabelOptions();
        var orientation = new OrientationOption();
        var device = new DeviceOption();
        var unknown = new UnknownOptions();
        var json = new Option<bool>("--json") { Description = "Print JSON instead of tables." };
        var command = new Command("evaluate", "Measures a saved model: accuracy, figures for each class, confusion matrix, and accuracy against the share of images that are answered.") { model, dataset, unknown.MinConfidence, unknown.MinTypicality, skip, limit.Option, orientation.Option, device.Option, json };
        foreach (var option in labels.All)
            command.Add(option);
        command.SetAction(arguments =>
        {
            var mlContext = new MLContext();
            using var classifier = device.Load(mlContext, arguments.GetValue(model)!, arguments, unknown);
            var data = EvaluationImages.Load(
                mlContext, arguments.GetValue(dataset)!, labels.Value(arguments.CommandResult), classifier.Classes, arguments.GetValue(skip), limit.Pixels(arguments), orientation.IsApplied(arguments), console.Error.WriteLine);
            var evaluation = Evaluator.Run(classifier, data, limit.Pixels(arguments), arguments.GetValue(skip), console.Error.WriteLine, cancellation);
            if (arguments.GetValue(json))
                console.Out.WriteLine(Json(evaluation));
            else
                evaluation.Write(console.Rich);
            return ExitCode.Ok;
        });
        return command;
    }

    private static string Json(ImageEvaluation evaluation)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
            evaluation.Write(json);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
