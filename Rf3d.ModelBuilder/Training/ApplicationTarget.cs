using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>A folder with the model, the code around it, its .mbconfig file and its report.</summary>
internal sealed class ApplicationTarget : ModelTarget
{
    private readonly OutputFolder _folder;
    private readonly string _name;
    private readonly TrainingRequest _request;
    private readonly bool _hasReport;
    private readonly ApplicationKind _kind;

    private ApplicationTarget(OutputFolder folder, string name, TrainingRequest request, bool hasReport, ApplicationKind kind, InterruptedModel? interrupted)
        : base(interrupted) => (_folder, _name, _request, _hasReport, _kind) = (folder, name, request, hasReport, kind);

    public override string Model => Path.Combine(_folder.Target, $"{_name}.zip");

    public override string StagedModel => Path.Combine(_folder.Staging, $"{_name}.zip");

    public override string Folder => Path.GetDirectoryName(_folder.Target)!;

    private string ConfigFile => $"{_name}.mbconfig";

    /// <param name="parent">Full path of the folder that the application's folder goes to.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="request">The training.</param>
    /// <param name="force">Whether it may replace generated files.</param>
    /// <param name="hasReport">Whether a report belongs to it.</param>
    /// <param name="kind">The libraries of the applications.</param>
    /// <exception cref="CommandException">There is something of that name, the folder cannot be written to, or it is not apart from the images and checkpoints.</exception>
    public static ApplicationTarget Prepare(string parent, string name, TrainingRequest request, bool force, bool hasReport, ApplicationKind kind)
    {
        var path = Path.Combine(parent, name);
        ApplicationKinds.Check(path, name, kind);
        RequireApart(path, request);
        var interrupted = request.CheckpointDirectory is { } checkpoints ? new InterruptedModel(path, checkpoints) : null;
        var folder = OutputFolder.Prepare(parent, name, $"{name}.mbconfig", force || interrupted?.IsTarget() is true);
        return new(folder, name, request, hasReport, kind, interrupted);
    }

    public override string? Complete(IFinishedTraining finished, ImageEvaluation evaluation, TextWriter error, CancellationToken cancellation)
    {
        var report = _hasReport ? TrainingReport.Write(finished, _name, _folder.Staging, error, cancellation) : null;
        var hasPage = report is not null || (_hasReport && TrainingReport.TryWriteNone(_name, _folder.Staging));
        if (_kind == ApplicationKind.Onnx)
            WriteOnnx(finished.Best, evaluation, hasPage);
        else
            ApplicationGenerator.Write(_folder.Staging, _name, _request, finished.Best.Model, finished.Best.Data, evaluation, hasPage);
        File.WriteAllText(Path.Combine(_folder.Staging, ConfigFile), MbConfig.Write(_request, Outcome(finished, evaluation), Path.GetFileName(Model)));
        var isReplaced = File.Exists(Model);
        Placing?.Invoke();
        _folder.Commit();
        if (isReplaced && !hasPage)
            TrainingReport.DeleteOld(_name, _folder.Target, error);
        Remember(finished);
        return report is null ? null : Path.Combine(_folder.Target, report);
    }

    public override void WriteNextSteps(TextWriter output)
    {
        var folder = Path.GetRelativePath(".", _folder.Target);
        if (_kind == ApplicationKind.Onnx)
        {
            OnnxApplication.WriteNextSteps(output, folder, _name);
            return;
        }
        output.WriteLine($"Generated {folder}:");
        output.WriteLine($"  dotnet run --project {ShellWord.Of(Path.Combine(folder, $"{_name}_ConsoleApp"))} -- IMAGE");
        output.WriteLine($"  dotnet run --project {ShellWord.Of(Path.Combine(folder, $"{_name}_WebApi"))}         then: curl -F image=@IMAGE {ApplicationGenerator.Address}/predict");
        output.WriteLine($"  rf3d predict {ShellWord.Of(Path.Combine(folder, $"{_name}.zip"))} FOLDER");
    }

    public override void Dispose() => _folder.Dispose();

    /// <summary>The folder is made, and later replaced, as a whole: the checkpoints must not be in it, and its files not among the images, where folders are classes.</summary>
    private static void RequireApart(string path, TrainingRequest request)
    {
        var paths = new RealPaths();
        var folder = paths.Of(path);
        if (request.CheckpointDirectory is { } checkpoints && RealPaths.IsWithin(paths.Of(checkpoints), folder))
            throw new CommandException($"--checkpoint-directory lies in '{path}', which is made as a whole when the training is done. Choose a folder beside it.");
        foreach (var (option, dataset) in new (string Option, string? Path)[] { ("--dataset", request.Dataset), ("--validation-dataset", request.ValidationDataset), ("--test-dataset", request.TestDataset) })
        {
            if (dataset is null)
                continue;
            var images = paths.Of(dataset);
            var (isIn, contains) = (RealPaths.IsWithin(folder, images), RealPaths.IsWithin(images, folder));
            if (isIn || contains)
            {
                throw new CommandException(
                    $"'{path}', the folder to generate, {(isIn && contains ? "is" : isIn ? "lies in" : "contains")} the data set of {option}, '{dataset}'. Generated files must be apart from images. Choose another --name or --output.");
            }
        }
    }

    private void WriteOnnx(TrainedClassifier trained, ImageEvaluation evaluation, bool hasReport)
    {
        trained.Model.SaveAsOnnx(Path.Combine(_folder.Staging, OnnxApplication.ModelFile(_name)), _request.ApplyOrientation);
        new OnnxApplication
        {
            Name = _name,
            Classes = trained.Data.Classes,
            MaxPixels = ImageSizeLimit.Pixels(_request.MaxMegapixels),
            Accuracy = ApplicationGenerator.Accuracy(evaluation, trained.Data),
            HasTraining = true,
            HasReport = hasReport,
        }.Write(_folder.Staging);
    }
}
