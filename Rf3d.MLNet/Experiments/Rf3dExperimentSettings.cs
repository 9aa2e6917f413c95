using System.ComponentModel.DataAnnotations;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>
/// Settings of an experiment: limits, budgets and the search space. Names follow AutoML's <c>MulticlassExperimentSettings</c>.
/// </summary>
public sealed class Rf3dExperimentSettings
{
    /// <summary>
    /// Seconds that one <c>Execute</c> may take. Trainings are planned from measured speed to fit into them; the one that runs when they are over stops
    /// after the batch at hand, and the best model so far is the result. At least 1; default 86,400, a day.
    /// </summary>
    [Range(1u, uint.MaxValue)]
    public uint MaxExperimentTimeInSeconds { get; set; } = 86_400;

    /// <summary>Ends the experiment after the batch at hand, with the best model so far.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>What is optimized, on the validation images. Default: the share classified correctly.</summary>
    [EnumDataType(typeof(Rf3dOptimizingMetric))]
    public Rf3dOptimizingMetric OptimizingMetric { get; set; } = Rf3dOptimizingMetric.MicroAccuracy;

    /// <summary>
    /// At most so many candidates are trained, those that rank first before any training; at most four of them to the end, where there are epochs enough
    /// to halve them in between. At least 1; default 8.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaxModels { get; set; } = 8;

    /// <summary>At most so many multiply-accumulates for one image: networks are planned to keep to it. Default: null, no limit.</summary>
    [Range(1, long.MaxValue)]
    public long? MaxMacs { get; set; }

    /// <summary>At most so many learned parameters: networks are planned to keep to it. Default: null, no limit.</summary>
    [Range(1, long.MaxValue)]
    public long? MaxParameters { get; set; }

    /// <summary>At most so many bytes of the model's ONNX file, which is written before any training; the .zip is about as large. Default: null, no limit.</summary>
    [Range(1, long.MaxValue)]
    public long? MaxModelBytes { get; set; }

    /// <summary>
    /// At most so many milliseconds to score one image, by ONNX Runtime on this machine's processor: the median of some runs of the untrained network. Other
    /// work on the machine slows it down, too. Above 0; default null, no limit.
    /// </summary>
    [Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double? MaxLatencyMilliseconds { get; set; }

    /// <summary>
    /// Megabytes that the process may use while it trains; a trial that makes it use more fails, and the experiment continues. Above 0; default null, no
    /// limit.
    /// </summary>
    [Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double? MaximumMemoryUsageInMegaByte { get; set; }

    /// <summary>
    /// Folder for the log of trials (<c>trials.jsonl</c>), checkpoints and the best model (<c>best.zip</c>). <c>Execute</c> with the same settings and data goes
    /// on from there and repeats no finished trial. Default: null, a temporary folder that is deleted afterwards.
    /// </summary>
    [MinLength(1)]
    public string? ExperimentDirectory { get; set; }

    /// <summary>Seed of all random choices; all trials have the same. Default: null, the one in the folder, or drawn from the context's own.</summary>
    public int? Seed { get; set; }

    /// <summary>Share of each class's images to hold out, by the seed, when <c>Execute</c> gets no validation data. Above 0 and below 1; default 0.1.</summary>
    [Range(0d, 1d, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double ValidationFraction { get; set; } = 0.1;

    /// <summary>What to choose from.</summary>
    [Required]
    public Rf3dSearchSpace SearchSpace { get; set; } = new();

    /// <summary>What all candidates share: columns, epochs, batch size, device, organizer, and whatever else no recipe changes. Default: the trainer's.</summary>
    [Required]
    public TrainerOptions TrainerOptions { get; set; } = new();

    /// <summary>Called with the candidates, their figures and ranks before any is trained, on the thread of <c>Execute</c>.</summary>
    public Action<Rf3dExperimentPlan>? PlanCallback { get; set; }

    /// <summary>Called when a trial begins, and then as often as the trainer's <c>MetricsCallback</c>, on the thread of <c>Execute</c>.</summary>
    public Action<Rf3dTrialProgress>? TrialCallback { get; set; }

    /// <exception cref="InvalidOptionsException">Values out of range, all of them in one message.</exception>
    internal Rf3dExperimentSettings CheckedCopy()
    {
        var copy = (Rf3dExperimentSettings)MemberwiseClone();
        var errors = OptionsCheck.CheckEach(copy).Concat(copy.SearchSpace?.Errors() ?? []).ToList();
        if (errors.Count > 0)
            throw new InvalidOptionsException(errors);
        copy.TrainerOptions = copy.TrainerOptions.CheckedCopy();
        return copy;
    }
}
