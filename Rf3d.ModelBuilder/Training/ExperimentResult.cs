using System.Text;
using System.Text.Json;
using Rf3d.MLNet;
using Rf3d.Planning;
using Spectre.Console;

namespace Rf3d.ModelBuilder;

/// <summary>The result of an experiment, as text or JSON.</summary>
/// <param name="Experiment">The candidates and their results.</param>
/// <param name="Training">The best model and how good it is.</param>
internal sealed record ExperimentResult(FinishedExperiment Experiment, TrainingResult Training) : ICommandResult
{
    // All columns but that of the names, with the space between them.
    private const int WidthOfFigures = 86;

    private static readonly string[] Figures = ["parameters", "M MACs", "MB", "ms", "gain"];
    private static readonly string[] Outcome = ["epochs", "accuracy"];

    private Rf3dRunDetail BestRun => Experiment.Result.BestRun;

    /// <summary>Number of candidates that the time was not enough for, which the same command does not train either.</summary>
    private int LeftOut => Experiment.Result.Candidates.Count(candidate => candidate.Verdict is Rf3dCandidateVerdict.NoTime);

    public void Write(CommandConsole console)
    {
        var candidates = BestFirst();
        console.Rich.Write(Table(candidates, console.Rich.Profile.Width));
        console.Out.WriteLine("Why each was kept or dropped:");
        foreach (var candidate in candidates)
            console.Out.WriteLine($"  {candidate.Name}: {candidate.Reason}");
        console.Out.WriteLine($"Best: {BestRun.TrainerName}");
        FinalistsOnConsole.Write(console, candidates);
        Training.Write(console);
        var directory = Path.GetRelativePath(".", Experiment.Directory);
        if (Experiment.IsCancelled)
            console.Out.WriteLine($"Cancelled; the model is the best so far. The same command resumes from {directory}");
        else if (Experiment.IsTimeOver)
            console.Out.WriteLine($"The time of --train-time is over. With --force the same command resumes from {directory}");
        else
            console.Out.WriteLine($"Log and checkpoints are in {directory}; without them the same command would start again");
        if (LeftOut > 0)
            console.Out.WriteLine($"--train-time was too short for {Numbers.Count(LeftOut)} {(LeftOut == 1 ? "candidate" : "candidates")}, and the log keeps this choice. To train more, raise --train-time and give another --experiment-directory");
    }

    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("model", Training.ModelPath);
            if (Training.ReportPath is not null)
                json.WriteString("report", Training.ReportPath);
            json.WriteString("experimentDirectory", Experiment.Directory);
            json.WriteNumber("seconds", Math.Round(Experiment.Best.Elapsed.TotalSeconds, 1));
            json.WriteString("device", Experiment.Best.Model.History.Device);
            json.WriteString("end", Experiment.IsCancelled ? "Cancelled" : Experiment.IsTimeOver || LeftOut > 0 ? "TimeOver" : "Completed");
            json.WriteNumber("finishedTrialsBefore", Experiment.FinishedBefore);
            json.WritePropertyName("best");
            Write(json, BestRun.Candidate);
            json.WriteStartArray("candidates");
            foreach (var candidate in Experiment.Result.Candidates)
                Write(json, candidate);
            json.WriteEndArray();
            json.WriteString("measuredOn", Training.MeasuredOn);
            json.WritePropertyName("metrics");
            Training.Evaluation.Write(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>The candidates and their results; their figures where the terminal has room for these.</summary>
    private static Table Table(IReadOnlyList<Rf3dCandidate> candidates, int width)
    {
        var isWide = width >= WidthOfFigures + candidates.Max(candidate => candidate.Name.Length + (candidate.Pretrained?.Length ?? 0));
        var hasPretrained = candidates.Any(candidate => candidate.Pretrained is not null);
        var table = new Table().AddColumn("candidate");
        if (hasPretrained)
            table.AddColumn("weights");
        foreach (var title in isWide ? [.. Figures, .. Outcome] : Outcome)
            table.AddColumn(new TableColumn(title).RightAligned().NoWrap());
        table.AddColumn(new TableColumn("").NoWrap());
        foreach (var candidate in candidates)
        {
            var cost = candidate.Plan?.OptimizedCost;
            string[] figures =
            [
                cost is null ? "" : Numbers.Count(cost.Parameters),
                Numbers.Text($"{cost?.Macs / 1e6:0.0}"),
                Numbers.Text($"{candidate.ModelBytes / 1e6:0.0}"),
                Numbers.Text($"{candidate.LatencyMilliseconds:0.00}"),
                Numbers.Text($"{candidate.Gain:0.0000}"),
            ];
            string[] outcome =
            [
                candidate.Epochs == 0 ? "" : Numbers.Count(candidate.Epochs), candidate.Score is { } score ? Numbers.Percent(score) : "", candidate.Verdict.InWords(),
            ];
            string[] weights = [candidate.Plan is null ? "" : candidate.Pretrained is { } pretrained ? CommandConsole.Cell(pretrained) : "drawn"];
            table.AddRow([CommandConsole.Cell(candidate.Name), .. hasPretrained ? weights : [], .. isWide ? figures : [], .. outcome]);
        }
        return table;
    }

    /// <summary>Trained candidates by score, then the others by rank, then those without a rank.</summary>
    private List<Rf3dCandidate> BestFirst() =>
    [
        .. Experiment.Result.Candidates
            .OrderByDescending(candidate => candidate.Name == BestRun.TrainerName)
            .ThenByDescending(candidate => candidate.Score ?? double.NegativeInfinity)
            .ThenBy(candidate => candidate.Rank ?? int.MaxValue),
    ];

    private void Write(Utf8JsonWriter json, Rf3dCandidate candidate)
    {
        var run = Experiment.Result.RunDetails.FirstOrDefault(detail => detail.TrainerName == candidate.Name);
        json.WriteStartObject();
        json.WriteString("name", candidate.Name);
        json.WriteString("status", candidate.Verdict.ToString());
        json.WriteString("reason", candidate.Reason);
        json.WriteString("pretrained", candidate.Pretrained);
        Number("rank", candidate.Rank);
        Number("parameters", candidate.Plan?.OptimizedCost.Parameters);
        Number("macs", candidate.Plan?.OptimizedCost.Macs);
        Number("modelBytes", candidate.ModelBytes);
        Number("latencyMilliseconds", candidate.LatencyMilliseconds);
        Number("gain", candidate.Gain);
        json.WriteNumber("epochs", candidate.Epochs);
        Number("validationAccuracy", candidate.Score);
        Number("seconds", run is null ? null : Math.Round(run.RuntimeInSeconds, 1));
        json.WriteString("error", run?.Exception?.Message);
        json.WritePropertyName("comparedWithBest");
        JsonSerializer.Serialize(json, candidate.ComparedWithBest, JsonSerializerOptions.Web);
        json.WriteEndObject();

        void Number(string name, double? value)
        {
            if (value is { } number)
                json.WriteNumber(name, number);
            else
                json.WriteNull(name);
        }
    }
}
