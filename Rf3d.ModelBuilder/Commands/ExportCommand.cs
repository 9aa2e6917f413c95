using System.CommandLine;
using Microsoft.ML;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d export</c>: a saved model for use outside ML.NET, alone or with applications; a copy with fewer bits; or a training for PyTorch.</summary>
internal static class ExportCommand
{
    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var model = new Argument<string?>("MODEL") { Description = "The .zip that was trained. Not needed with --torchrun and --dataset.", Arity = ArgumentArity.ZeroOrOne };
        var onnx = new Option<string?>("--onnx") { HelpName = "FILE", Description = "The file to write: the whole classifier as ONNX, for batches of any size." };
        var output = new Option<string?>("--output", "-o") { HelpName = "PATH", Description = "With --quantize: the .zip to write, a saved model like any other. With --target: the folder in which the folder NAME is created. Default: the current folder." };
        var force = new Option<bool>("--force") { Description = "Replace an existing file; with --target, existing generated files. Other files are kept." };
        var (torchrun, quantize, application) = (new TorchrunExportOptions(), new QuantizeExportOptions(output, force), new ApplicationExportOptions(output, force));
        var command = new Command("export", "Writes a saved model as one ONNX file, as applications with the model, or as a copy that computes with fewer bits; or a training as a folder for PyTorch's torchrun.") { model, onnx, output, force };
        application.AddTo(command);
        quantize.AddTo(command);
        torchrun.AddTo(command, model, onnx, application, quantize);
        command.SetAction(arguments =>
        {
            if (arguments.GetValue(onnx) is { } path)
                WriteOnnx(console, arguments.GetValue(model)!, path, arguments.GetValue(force), torchrun.Request(arguments).ApplyOrientation, cancellation);
            else if (arguments.GetValue(application.Target) is not null)
                application.Write(console, arguments, arguments.GetValue(model)!, torchrun.Request(arguments), cancellation);
            else if (arguments.GetValue(quantize.Precision) is not null)
                quantize.Write(console, arguments, arguments.GetValue(model)!, torchrun.Request(arguments), cancellation);
            else
                torchrun.Write(console, arguments, arguments.GetValue(model), cancellation);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void WriteOnnx(CommandConsole console, string model, string path, bool force, bool applyOrientation, CancellationToken cancellation)
    {
        OutputFile.CheckDiffers(path, model, "--onnx", ".onnx");
        OutputFile.Check(path, "ONNX file", force, "--onnx");
        using var classifier = Rf3dSavedModel.Load(new MLContext(), model);
        cancellation.ThrowIfCancellationRequested();
        classifier.SaveAsOnnx(path, applyOrientation);
        console.Out.WriteLine(
            $"Saved {path} ({Numbers.Megabytes(new FileInfo(path).Length)}): image [batch, 3, {classifier.ImageHeight}, {classifier.ImageWidth}], RGB from 0 to 255, to probabilities [batch, {classifier.Classes.Length}].");
    }
}
