using System.CommandLine;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d audit</c>: the problems of a set of images, as a page and a table.</summary>
internal static class AuditCommand
{
    private static readonly ImageAuditOptions Defaults = new();

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var dataset = new Argument<string>("FOLDER") { Description = "The images: FOLDER/class/image.jpg, FOLDER/{train,val,test}/class/image.jpg, a folder of images with --labels, a folder with the files of MNIST, or a table of labels." };
        var output = new Option<string>("--output", "-o") { HelpName = "FILE", Description = "The page to write. The table is written to the same folder, with the same name and the extension .csv.", DefaultValueFactory = _ => "audit.html" };
        var most = new Option<int>("--max-listed") { HelpName = "N", Description = "Maximum number of images of each finding, and of groups of duplicates, on the page. The table has all of them.", DefaultValueFactory = _ => 100 };
        var pretrained = new Option<string>("--pretrained") { HelpName = "NAME", Description = "Network whose features are compared: a name that 'rf3d install-weights --list' lists, a file, or auto for the first name that is on this machine.", DefaultValueFactory = _ => Defaults.Pretrained };
        var size = new Option<int?>("--image-size") { HelpName = "N", Description = "Height and width in pixels of the images that the network sees. Default: chosen from the images, from 128 to 224, or a rectangle where all are long." };
        var folds = new Option<int>("--folds") { HelpName = "N", Description = "Number of folds of the cross-validation of labels.", DefaultValueFactory = _ => Defaults.Folds };
        var seed = new Option<int>("--seed") { HelpName = "N", Description = "Seed of the division of the images into folds.", DefaultValueFactory = _ => Defaults.Seed };
        var device = new Option<string>("--device") { HelpName = "DEVICE", Description = "Where to compute: auto, cpu, cuda or cuda:n.", DefaultValueFactory = _ => Defaults.Device };
        var force = new Option<bool>("--force") { Description = "Replace files that are there already." };
        var json = new Option<bool>("--json") { Description = "Print the counts as JSON." };
        var (limit, orientation, labels) = (new ImageSizeLimit(), new OrientationOption(), new LabelOptions());
        OptionLimits.AtLeast(most, 0);
        OptionLimits.Between(size, 32, 1024);
        OptionLimits.Between(folds, 2, 20);
        var command = new Command("audit", "Finds what is wrong with a set of labelled images: labels in doubt, duplicates, outliers, bad images and files. Nothing is deleted.")
        {
            dataset, output, most, pretrained, size, folds, seed, device, limit.Option, orientation.Option, force, json,
        };
        foreach (var option in labels.All)
            command.Add(option);
        command.SetAction(arguments =>
        {
            var (mlContext, folder) = (new MLContext(), arguments.GetValue(dataset)!);
            var reading = new ImageFolderOptions { OnBadImage = BadImageAction.Skip, MaxBadImageFraction = 1, MaxPixels = limit.Pixels(arguments), ApplyOrientation = orientation.IsApplied(arguments) };
            var source = DataSource.Find(mlContext, folder, labels.Value(arguments.CommandResult), reading);
            if (source.ClassFolder is not null)
                DataSetNotes.RequireClasses(source.ClassFolder);
            using var target = AuditOutput.Prepare(arguments.GetValue(output)!, arguments.GetValue(force), source.Table?.File);
            TorchBackend.Prepare();
            mlContext.Log += Warn;
            var run = new AuditRun(mlContext, source, DataSource.BaseOf(folder));
            using (var line = new AuditProgressLine(console.Error, console.IsErrorTerminal))
            {
                run.Audit(new()
                {
                    Pretrained = arguments.GetValue(pretrained)!,
                    ImageSize = arguments.GetValue(size),
                    Folds = arguments.GetValue(folds),
                    Seed = arguments.GetValue(seed),
                    Device = arguments.GetValue(device)!,
                    ProgressCallback = line.Report,
                    CancellationToken = cancellation,
                });
            }
            var data = AuditDataBuilder.Of(run, Path.GetFileName(DataSource.BaseOf(folder)), Path.GetFileName(target.TablePath), arguments.GetValue(most), reading, cancellation);
            target.Write(AuditPage.Write(data), AuditTable.Write(run.Proposals));
            if (arguments.GetValue(json))
                console.Out.WriteLine(Json(run, target));
            else
                Write(console.Out, run, target, data.Unused, folder);
            return ExitCode.Ok;
        });
        return command;

        void Warn(object? sender, LoggingEventArgs log)
        {
            if (log.Kind == ChannelMessageKind.Warning && log.Source == nameof(ImageAuditCatalog.AuditImages))
                console.Error.WriteLine($"warning: {log.RawMessage}");
        }
    }

    private static void Write(TextWriter output, AuditRun run, AuditOutput target, IReadOnlyCollection<UnusedFiles> unused, string folder)
    {
        var audit = run.Result;
        output.WriteLine(Numbers.Text($"{Numbers.Count(audit.Images.Length)} images of {audit.Classes.Length} classes, features of {audit.Pretrained} at {audit.ImageHeight}x{audit.ImageWidth}"));
        if (audit.CrossValidatedAccuracy is { } accuracy && audit.AccuracyInterval is { } interval)
            output.WriteLine(Numbers.Text($"In cross-validation {Numbers.Percent(accuracy)} of the labels are those that the model gives (95 % interval {Numbers.Percent(interval.Low)} to {Numbers.Percent(interval.High)})"));
        foreach (var (finding, count) in run.Counts)
            output.WriteLine(Numbers.Text($"  {Numbers.Count(count),8}  {finding}"));
        foreach (var line in DataSetNotes.Lines(unused))
            output.WriteLine(line);
        output.WriteLine(Printable.Line($"Wrote {target.PagePath} ({Numbers.Megabytes(new FileInfo(target.PagePath).Length)}) and {target.TablePath} ({Numbers.Count(run.Proposals.Count)} rows, {Numbers.Count(run.Proposals.Count(row => row.IsExcluded))} with exclude = yes)."));
        output.WriteLine(Printable.Line($"Nothing was deleted. Look at the page, change the column exclude of the table where you disagree, and train without these files: rf3d train --dataset {ShellWord.Of(folder)} --exclude {ShellWord.Of(target.TablePath)}"));
    }

    private static string Json(AuditRun run, AuditOutput target) => JsonSerializer.Serialize(
        new
        {
            images = run.Result.Images.Length,
            classes = run.Result.Classes.Length,
            pretrained = run.Result.Pretrained,
            crossValidatedAccuracy = run.Result.CrossValidatedAccuracy,
            findings = run.Counts.ToDictionary(count => count.Finding, count => count.Count),
            excluded = run.Proposals.Count(row => row.IsExcluded),
            page = target.PagePath,
            table = target.TablePath,
        },
        Indented);
}
