using System.CommandLine;
using Microsoft.ML;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>The options of <c>rf3d export --target</c>: applications around a model that is trained already.</summary>
internal sealed class ApplicationExportOptions
{
    // Applications on ML.NET have a training project, which takes the request of the training: only the training itself writes them.
    private const string Onnx = "onnx";

    private readonly Option<string?> _name = new("--name") { HelpName = "NAME", Description = "Name of the generated projects and of their class. Default: the name of MODEL." };
    private readonly Option<string?> _output;
    private readonly Option<bool> _force;

    /// <param name="output">Names the folder in which the folder of the applications is made.</param>
    /// <param name="force">Says whether generated files that are there may be replaced.</param>
    public ApplicationExportOptions(Option<string?> output, Option<bool> force)
    {
        (_output, _force) = (output, force);
        Target.AcceptOnlyFromAmong(Onnx);
    }

    public Option<string?> Target { get; } = new("--target")
    {
        HelpName = Onnx,
        Description = "Generate a library, a console application and a page for browsers that use ONNX Runtime and not ML.NET, with the model as ONNX.",
    };

    /// <summary>The names of the options that go with <see cref="Target"/>, and not with the form for torchrun.</summary>
    public IReadOnlyList<string> Own => [_name.Name, _output.Name, _force.Name];

    /// <summary>The names of the options that may go with <see cref="Target"/>; two of them are options of a training.</summary>
    public IReadOnlyList<string> Allowed => [.. Own, "--no-orientation", "--max-megapixels"];

    public void AddTo(Command command)
    {
        command.Add(Target);
        command.Add(_name);
    }

    /// <summary>Writes the applications.</summary>
    /// <param name="console">Where to report.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="path">The .zip.</param>
    /// <param name="request">Says how images are opened.</param>
    /// <param name="cancellation">Ends it; the old files stay.</param>
    public void Write(CommandConsole console, ParseResult arguments, string path, TrainingRequest request, CancellationToken cancellation)
    {
        var name = arguments.GetValue(_name) ?? NameOf(path);
        ModelName.Check(name);
        var parent = Path.GetFullPath(arguments.GetValue(_output) ?? ".");
        ApplicationKinds.Check(Path.Combine(parent, name), name, ApplicationKind.Onnx);
        using var classifier = Rf3dSavedModel.Load(new MLContext(), path, new() { Device = "cpu" });
        using var folder = OutputFolder.Prepare(parent, name, OnnxApplication.ModelFile(name), arguments.GetValue(_force));
        classifier.SaveAsOnnx(Path.Combine(folder.Staging, OnnxApplication.ModelFile(name)), request.ApplyOrientation);
        new OnnxApplication { Name = name, Classes = classifier.Classes, MaxPixels = ImageSizeLimit.Pixels(request.MaxMegapixels) }.Write(folder.Staging);
        cancellation.ThrowIfCancellationRequested();
        folder.Commit();
        OnnxApplication.WriteNextSteps(console.Out, folder.Target, name);
    }

    private static string NameOf(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        return ModelName.IsValid(name) ? name : throw new CommandException($"The name of '{path}' cannot be that of a C# class: choose one with --name.", ExitCode.Usage);
    }
}
