using System.CommandLine;
using Microsoft.ML;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d import</c>: the model of a training that ran elsewhere.</summary>
internal static class ImportCommand
{
    private const string Extension = ".zip";

    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var torchrun = new Option<string>("--torchrun") { HelpName = "FOLDER", Description = "The folder that 'rf3d export --torchrun' wrote, with the result of train.py; or the folder that train.py was given as --output.", Required = true };
        var output = new Option<string>("--output", "-o") { HelpName = "FILE", Description = "The .zip to write.", Required = true };
        var force = new Option<bool>("--force") { Description = "Replace an existing model." };
        var command = new Command("import", "Creates a saved model, with plan and history, from the result of train.py. First checks that the model computes the same logits as train.py.") { torchrun, output, force };
        command.SetAction(arguments =>
        {
            var name = arguments.GetValue(output)!;
            var path = Path.GetFullPath(name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) ? name : name + Extension);
            if (File.Exists(path) && !arguments.GetValue(force))
                throw new CommandException($"'{path}' is there already. Choose another --output, or replace it with --force.");
            var mlContext = new MLContext();
            using var model = TorchrunImport.Load(mlContext, arguments.GetValue(torchrun)!, out var schema);
            cancellation.ThrowIfCancellationRequested();
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var staged = new StagedFile(path).Open();
            mlContext.Model.Save(model, schema, staged.Path);
            cancellation.ThrowIfCancellationRequested();
            staged.Commit();
            var (history, best) = (model.History, model.History.Epochs[model.History.BestEpoch - 1]);
            var accuracy = best.ValidationAccuracy is { } share ? $", {Numbers.Percent(share)} of {Numbers.Count(history.ValidationImages)} validation images" : "";
            console.Out.WriteLine(Numbers.Text($"{model.Plan.Optimized.Name} of {history.Device}: epoch {history.BestEpoch} of {history.Epochs.Length}{accuracy}; the logits are those of train.py."));
            if (history.Calibration is { IsApplied: true } calibration)
                console.Out.WriteLine(Numbers.Text($"Probabilities calibrated on {Numbers.Count(calibration.Images)} validation images: temperature {calibration.Temperature:0.###}"));
            console.Out.WriteLine($"Saved {Path.GetRelativePath(".", path)} ({Numbers.Megabytes(new FileInfo(path).Length)})");
            return ExitCode.Ok;
        });
        return command;
    }
}
