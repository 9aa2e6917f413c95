using System.CommandLine;
using Microsoft.ML;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d compare</c>: which of two saved models is better on a folder of images, and whether the difference is more than chance.</summary>
internal static class CompareCommand
{
    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var first = new Argument<string>("A") { Description = "The .zip of one model." };
        var second = new Argument<string>("B") { Description = "The .zip of the other model, which has the same classes." };
        var dataset = new Option<string>("--dataset") { HelpName = "FOLDER", Description = "Folder of the images: FOLDER/class/image.jpg. In a folder with train, val and test, the images of test are used, or those of val if there is no test.", Required = true };
        var skip = new Option<bool>("--skip-bad-images") { Description = "Leave out images that cannot be read, and list them, instead of stopping." };
        var limit = new ImageSizeLimit();
        var orientation = new OrientationOption();
        var device = new DeviceOption();
        var labels = new LabelOptions();
        var json = new Option<bool>("--json") { Description = "Print JSON instead of tables." };
        var command = new Command("compare", "Compares two saved models on the same images: accuracy with its interval, a test of the difference, classes, log loss, latency and size.")
        {
            first, second, dataset, skip, limit.Option, orientation.Option, device.Option, json,
        };
        foreach (var option in labels.All)
            command.Add(option);
        command.SetAction(arguments =>
        {
            var mlContext = new MLContext();
            using var a = ComparedModel.Load(device, mlContext, arguments.GetValue(first)!, arguments);
            using var b = ComparedModel.Load(device, mlContext, arguments.GetValue(second)!, arguments);
            var data = EvaluationImages.Load(
                mlContext, arguments.GetValue(dataset)!, labels.Value(arguments.CommandResult), a.Model.Classes, arguments.GetValue(skip), limit.Pixels(arguments), orientation.IsApplied(arguments), console.Error.WriteLine);
            var result = ComparisonResult.Of(a, b, data, limit.Pixels(arguments), arguments.GetValue(skip), console.Error.WriteLine, cancellation);
            if (arguments.GetValue(json))
                console.Out.WriteLine(result.ToJson());
            else
                result.Write(console.Rich);
            return ExitCode.Ok;
        });
        return command;
    }
}
