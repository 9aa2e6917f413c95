using System.Text;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>A .zip by itself, perhaps with a report beside it, or with the .mbconfig file that it was trained by.</summary>
internal sealed class ModelFileTarget : ModelTarget
{
    private readonly StagedFile _staged;

    private ModelFileTarget(string path, InterruptedModel? interrupted)
        : base(interrupted) => (Model, _staged) = (path, new(path));

    public override string Model { get; }

    public override string StagedModel => _staged.Path;

    private string Name => Path.GetFileNameWithoutExtension(Model);

    private bool HasReport { get; init; }

    /// <summary>Path of the .onnx file beside the model, which is replaced, too; null where there is none.</summary>
    private string? OnnxPath { get; init; }

    /// <summary>Path of the .mbconfig file and its request; null where the training is by no such file.</summary>
    private (string Path, TrainingRequest Request)? Config { get; init; }

    /// <param name="path">Full path of the .zip.</param>
    /// <param name="force">Whether it may replace a file.</param>
    /// <param name="directory">Folder of the checkpoints or the experiment, from which the same command resumes; null for none.</param>
    /// <param name="hasReport">Whether a report goes beside it.</param>
    /// <exception cref="CommandException">There is something of that name.</exception>
    public static ModelFileTarget Prepare(string path, bool force, string? directory, bool hasReport)
    {
        if (Directory.Exists(path))
            throw new CommandException($"'{path}' is a folder. Choose another --name or --output.");
        var interrupted = directory is null ? null : new InterruptedModel(path, directory);
        if (File.Exists(path) && !force && interrupted?.IsTarget() is not true)
            throw new CommandException($"'{path}' is there already. Choose another --name or --output, or replace it with --force.");
        return new(path, interrupted) { HasReport = hasReport };
    }

    /// <summary>The model beside a .mbconfig file, which it replaces. A report on the model before, and its .onnx file, would be of one that is gone, so they are replaced, too.</summary>
    public static ModelFileTarget Beside(string configPath, TrainingRequest request)
    {
        var path = Path.ChangeExtension(Path.GetFullPath(configPath), ".zip");
        var onnx = Path.ChangeExtension(path, ".onnx");
        return new(path, request.CheckpointDirectory is { } checkpoints ? new(path, checkpoints) : null)
        {
            HasReport = File.Exists(Path.ChangeExtension(path, TrainingReport.Extension)),
            OnnxPath = File.Exists(onnx) ? onnx : null,
            Config = (configPath, request),
        };
    }

    public override void Open()
    {
        try
        {
            Directory.CreateDirectory(Folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"'{Folder}' cannot be written to: {error.Message} Choose another --output.", inner: error);
        }
        _staged.Open();
        AtomicFile.DeleteLeftovers(Path.ChangeExtension(Model, TrainingReport.Extension));
        if (OnnxPath is not null)
            AtomicFile.DeleteLeftovers(OnnxPath);
        if (Config is (var config, _))
            AtomicFile.DeleteLeftovers(config);
    }

    public override string? Complete(IFinishedTraining finished, ImageEvaluation evaluation, TextWriter error, CancellationToken cancellation)
    {
        Expect();
        var isReplaced = File.Exists(Model);
        Placing?.Invoke();
        _staged.Commit();
        if (OnnxPath is not null)
            finished.Best.Model.SaveAsOnnx(OnnxPath, Config?.Request.ApplyOrientation ?? true);
        if (Config is (var path, var request))
            AtomicFile.Write(path, Encoding.UTF8.GetBytes(MbConfig.Write(request, Outcome(finished, evaluation), Path.GetFileName(Model))));
        var report = HasReport ? TrainingReport.Write(finished, Name, Folder, error, cancellation) : null;
        if (report is null && HasReport && Config is not null)
            TrainingReport.Postpone(Name, Folder, error);
        else if (report is null && isReplaced)
            TrainingReport.DeleteOld(Name, Folder, error);
        Remember(finished);
        return report is null ? null : Path.Combine(Folder, report);
    }

    public override void Dispose() => _staged.Dispose();
}
