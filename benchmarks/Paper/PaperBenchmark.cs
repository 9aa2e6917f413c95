using System.Globalization;
using Microsoft.ML;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>The trainings of one of the paper's tables, and the path of its log.</summary>
/// <param name="Table">The table.</param>
/// <param name="Rows">Its rows; none for all.</param>
/// <param name="Seeds">One training of each row for each of them.</param>
/// <param name="Folder">FOLDER/{train,test}/class/*.</param>
/// <param name="Log">Where finished trainings are appended.</param>
/// <param name="Others">Earlier logs to continue from.</param>
/// <param name="Parallel">Trainings at once, each in a separate process where there are several.</param>
/// <param name="Limit">No training begins that may take longer.</param>
internal sealed record PaperRequest(
    PaperTable Table, IReadOnlyCollection<string> Rows, IReadOnlyList<int> Seeds, string Folder, string Log, IReadOnlyList<string> Others, int Parallel, TimeSpan Limit);

/// <summary>Trains the rows of the paper's tables of accuracies, all by one recipe.</summary>
internal static class PaperBenchmark
{
    /// <summary>The device and precision that "auto" means here.</summary>
    /// <exception cref="InvalidOperationException">There is no such device.</exception>
    public static (string Device, TrainingPrecision Precision) Choose(string device, TrainingPrecision precision)
    {
        var chosen = DeviceChoice.Choose(device, deterministic: false, MLNetInternals.GetEnvironment(new MLContext().MulticlassClassification), Console.Error.WriteLine);
        return (chosen.type == TorchSharp.DeviceType.CPU ? "cpu" : "cuda", PrecisionChoice.Choose(precision, null, chosen, Console.Error.WriteLine));
    }

    /// <summary>Runs the trainings that the logs do not hold yet.</summary>
    /// <returns>All that they hold afterwards.</returns>
    public static IReadOnlyList<PaperResult> Train(PaperRequest request, PaperRecipe recipe)
    {
        using var log = PaperLog.Open(request.Log, request.Others);
        var queue = PaperQueue.Of(request.Table, request.Rows, request.Seeds, recipe, log.Results);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{queue.Count} trainings to do: {recipe}"));
        if (queue.Count > 0)
        {
            // The clock runs while images are read.
            var run = new PaperRun(request.Table, recipe, log, queue, request.Limit, TimeProvider.System);
            var left = request.Parallel == 1 ? RunHere(run, request, recipe) : RunBeside(run, request, recipe);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{queue.Count - left} done, {left} left"));
        }
        return log.Results;
    }

    private static int RunHere(PaperRun run, PaperRequest request, PaperRecipe recipe)
    {
        using var trainer = new PaperTrainer(request.Folder, recipe);
        return run.Run([trainer]);
    }

    private static int RunBeside(PaperRun run, PaperRequest request, PaperRecipe recipe)
    {
        var workers = Enumerable.Range(0, request.Parallel).Select(_ => new PaperWorker(request.Folder, recipe)).ToList();
        try
        {
            return run.Run(workers);
        }
        finally
        {
            workers.ForEach(worker => worker.Dispose());
        }
    }
}
