using System.CommandLine;
using Microsoft.ML;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d export</c>: a saved model for use outside ML.NET.</summary>
internal static class ExportCommand
{
    public static Command Create(CommandConsole console)
    {
        var model = new Argument<string>("MODEL") { Description = "The .zip that was trained." };
        var onnx = new Option<string>("--onnx") { HelpName = "FILE", Description = "The file to write.", Required = true };
        var command = new Command("export", "Writes a saved model as one ONNX file: the whole classifier, for any number of images.") { model, onnx };
        command.SetAction(arguments =>
        {
            using var classifier = Rf3dSavedModel.Load(new MLContext(), arguments.GetValue(model)!);
            var path = arguments.GetValue(onnx)!;
            classifier.SaveAsOnnx(path);
            console.Out.WriteLine(
                $"Saved {path} ({Numbers.Megabytes(new FileInfo(path).Length)}): image [batch, 3, {classifier.ImageHeight}, {classifier.ImageWidth}], RGB from 0 to 255, to probabilities [batch, {classifier.Classes.Length}].");
            return ExitCode.Ok;
        });
        return command;
    }
}
