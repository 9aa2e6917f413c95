using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>
/// The .zip of a model that is continued, which may be a link to it. The new model replaces it where a comparison on the same images says so, or the user does; the old one is kept beside it. Else the new model is
/// written beside the old one; and so is that of a training that the same command resumes, which needs the old model to continue.
/// </summary>
/// <param name="source">The old model.</param>
/// <param name="request">How images are read.</param>
/// <param name="force">Whether to replace whatever the comparison says.</param>
/// <param name="output">Receives the comparison.</param>
/// <param name="ask">Asks whether to replace where the images are too few to tell; null where there is no one to ask.</param>
internal sealed class ContinuedModelTarget(SourceModel source, TrainingRequest request, bool force, TextWriter output, Func<bool>? ask) : ModelTarget(null)
{
    private readonly StagedFile _staged = new(source.Path);
    private readonly StagedFile _previous = new(Beside(source.Path, "previous"));
    private readonly StagedFile _candidate = new(Beside(source.Path, "candidate"));
    private ContinuationResult? _result;

    public override string Model => _result?.Candidate ?? source.Path;

    public override string StagedModel => _staged.Path;

    public override ContinuationResult? Continuation => _result;

    public override void Open()
    {
        _staged.Open();
        _previous.Open();
        _candidate.Open();
    }

    public override string? Complete(IFinishedTraining finished, ImageEvaluation evaluation, TextWriter error, CancellationToken cancellation)
    {
        var result = new ContinuationResult(source, Compare(finished.Best));
        foreach (var line in result.Lines())
            output.WriteLine(line);
        var isToBeResumed = finished.IsCancelled && request.CheckpointDirectory is not null;
        var isToReplace = !isToBeResumed && (force || result.Verdict is ContinuationVerdict.Replace || (result.Verdict is ContinuationVerdict.Undecided && ask?.Invoke() is true));
        Placing?.Invoke();
        if (isToReplace)
        {
            File.Copy(source.Path, _previous.Path, overwrite: true);
            _previous.Commit();
            _staged.Commit();
            _result = result with { Previous = Beside(source.Path, "previous") };
            output.WriteLine($"It replaced the old one, which is kept as {Shown(_result.Previous)}.");
            if (Beside(source.Path, "candidate") is var earlier && File.Exists(earlier))
                output.WriteLine($"{Shown(earlier)} is of an earlier training.");
        }
        else
        {
            File.Move(_staged.Path, _candidate.Path, overwrite: true);
            _candidate.Commit();
            _result = result with { Candidate = Beside(source.Path, "candidate") };
            output.WriteLine(isToBeResumed
                ? $"The training is not complete. The old model stays as it is, so that the same command can resume it, and the new one so far is {Shown(_result.Candidate)}."
                : $"The old model stays as it is, and the new one is {Shown(_result.Candidate)}. --force replaces it all the same.");
        }
        return null;
    }

    public override void Dispose()
    {
        _staged.Dispose();
        _previous.Dispose();
        _candidate.Dispose();
    }

    private ModelComparison? Compare(TrainedClassifier trained)
    {
        var images = trained.Data.ForEvaluation.OfClasses(source.Classes);
        if (images.FileCount == 0)
            return null;
        using var old = ClassifierTraining.Load(source.Path);
        using var continued = ClassifierTraining.Load(StagedModel);
        // A training that is cut off has a model to keep as well.
        var comparison = ModelComparison.Run(
            old, continued, images, options: new() { MaxPixels = ImageSizeLimit.Pixels(request.MaxMegapixels), ContinueOnError = request.SkipBadImages }, cancellationToken: CancellationToken.None);
        return comparison.Images == 0 ? null : comparison;
    }

    private static string Beside(string path, string kind) => Path.ChangeExtension(path, $".{kind}.zip");

    private static string Shown(string path) => Printable.Line(Path.GetRelativePath(".", path));
}
