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

    private string ConfigFile => $"{_name}.mbconfig";

    /// <param name="parent">Full path of the folder that the application's folder goes to.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="request">The training.</param>
    /// <param name="force">Whether it may replace generated files.</param>
    /// <param name="hasReport">Whether a report belongs to it.</param>
    /// <param name="kind">The libraries of the applications.</param>
    /// <exception cref="CommandException">There is something of that name, or the folder cannot be written to.</exception>
    public static ApplicationTarget Prepare(string parent, string name, TrainingRequest request, bool force, bool hasReport, ApplicationKind kind)
    {
        var path = Path.Combine(parent, name);
        ApplicationKinds.Check(path, name, kind);
        if (request.CheckpointDirectory is { } inside && $"{inside}{Path.DirectorySeparatorChar}".StartsWith($"{path}{Path.DirectorySeparatorChar}", StringComparison.OrdinalIgnoreCase))
            throw new CommandException($"--checkpoint-directory lies in '{path}', which is made as a whole when the training is done. Choose a folder beside it.");
        var interrupted = request.CheckpointDirectory is { } checkpoints ? new InterruptedModel(path, checkpoints) : null;
        var folder = OutputFolder.Prepare(parent, name, $"{name}.mbconfig", force || interrupted?.IsTarget() is true);
        return new(folder, name, request, hasReport, kind, interrupted);
    }

    public override string? Complete(IFinishedTraining finished, ImageEvaluation evaluation, TextWriter error)
    {
        var report = _hasReport ? TrainingReport.Write(finished, _name, _folder.Staging, error) : null;
        if (_kind == ApplicationKind.Onnx)
            WriteOnnx(finished.Best, evaluation, report is not null);
        else
            ApplicationGenerator.Write(_folder.Staging, _name, _request, finished.Best.Model, finished.Best.Data, evaluation, report is not null);
        File.WriteAllText(Path.Combine(_folder.Staging, ConfigFile), MbConfig.Write(_request, Outcome(finished, evaluation), Path.GetFileName(Model)));
        var isReplaced = File.Exists(Model);
        _folder.Commit();
        if (isReplaced && report is null)
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
        output.WriteLine($"  dotnet run --project {Path.Combine(folder, $"{_name}_ConsoleApp")} -- IMAGE");
        output.WriteLine($"  dotnet run --project {Path.Combine(folder, $"{_name}_WebApi")}         then: curl -F image=@IMAGE http://localhost:5000/predict");
        output.WriteLine($"  rf3d predict {Path.Combine(folder, $"{_name}.zip")} FOLDER");
    }

    public override void Dispose() => _folder.Dispose();

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
