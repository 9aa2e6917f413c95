using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d predict</c>: classifies files as they come, however many.</summary>
internal static class PredictCommand
{
    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var model = new Argument<string>("MODEL") { Description = "The .zip that was trained." };
        var images = new Argument<string[]>("IMAGES") { Description = "Image files, folders of images, or - to read the paths of files from standard input.", Arity = ArgumentArity.OneOrMore };
        var format = new Option<PredictionFormat>("--format") { Description = "Output format: table, json (one object a line) or csv." };
        var top = new Option<int>("--top") { HelpName = "N", Description = "Number of classes in each line of the table, the most probable first.", DefaultValueFactory = _ => 3 };
        var limit = new ImageSizeLimit();
        var orientation = new OrientationOption();
        var shard = new ShardOption();
        var device = new DeviceOption();
        var unknown = new UnknownOptions();
        var summary = new Option<bool>("--summary") { Description = "Write the number of images and the speed to standard error at the end." };
        var command = new Command("predict", "Classifies images with a saved model. Files that cannot be read are listed on standard error, and the exit code is then 1.")
        {
            model, images, format, top, unknown.MinConfidence, unknown.MinTypicality, limit.Option, orientation.Option, shard.Option, device.Option, summary,
        };
        command.SetAction(arguments =>
        {
            using var classifier = device.Load(new MLContext(), arguments.GetValue(model)!, arguments, unknown);
            UnchangedImages.Require(classifier.ImageSteps, arguments.GetValue(model)!);
            var options = new ImagePredictionOptions { MaxPixels = limit.Pixels(arguments), ApplyOrientation = orientation.IsApplied(arguments), ContinueOnError = true };
            var chosen = arguments.GetValue(format);
            // CSV has no escapes: the names in it are those of the files.
            var writer = PredictionWriter.Create(chosen, chosen == PredictionFormat.Csv ? console.Data : console.Out, classifier.Classes, Math.Max(1, arguments.GetValue(top)), classifier.MinConfidence > 0 || classifier.MinTypicality > 0 ? classifier.UnknownLabel : null, classifier.HasTypicality);
            var clock = Stopwatch.StartNew();
            var (good, bad, unanswered) = (0L, 0L, 0L);
            var finder = new ImageFileFinder();
            writer.Begin();
            var part = arguments.GetValue(shard.Option) ?? new Shard(0, 1);
            foreach (var prediction in classifier.Predict(part.Of(ImageFiles.Of(arguments.GetValue(images)!, System.Console.In, finder)), options, cancellation))
            {
                if (prediction.Error is null)
                {
                    writer.Write(prediction);
                    good++;
                    unanswered += prediction.IsUnknown ? 1 : 0;
                }
                else
                {
                    console.Error.WriteLine($"{Printable.Line(prediction.Path!)}: cannot be read: {prediction.Error}");
                    bad++;
                }
            }
            console.Out.Flush();
            foreach (var line in DataSetNotes.Lines(finder.UnusedFiles))
                console.Error.WriteLine(line);
            if (part.Named == 0)
                throw new CommandException($"There is no image among what was named ({ImageFormats.Names}).");
            if (arguments.GetValue(summary))
                console.Error.WriteLine(Numbers.Text($"{Numbers.Count(good)} images in {clock.Elapsed.TotalSeconds:0.00} s, {good / clock.Elapsed.TotalSeconds:0} a second; {Numbers.Count(bad)} cannot be read{(unanswered > 0 ? Numbers.Text($", {Numbers.Count(unanswered)} are {classifier.UnknownLabel}") : "")}; scored on {classifier.Device}"));
            return bad == 0 ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }
}
