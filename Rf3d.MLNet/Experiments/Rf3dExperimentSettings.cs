using System.ComponentModel.DataAnnotations;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>
/// Settings of an experiment: limits, budgets and the search space. Names follow AutoML's <c>MulticlassExperimentSettings</c>.
/// </summary>
public sealed class Rf3dExperimentSettings
{
    /// <summary>Time that one <c>Execute</c> may take.</summary>
    /// <value>Seconds, at least 1. Default: 86,400, a day.</value>
    /// <remarks>
    /// Trainings are planned to fit into it, by measured speed. When it is over, the running training stops after the current batch, and the best model so far is the
    /// result.
    /// </remarks>
    [Range(1u, uint.MaxValue)]
    public uint MaxExperimentTimeInSeconds { get; set; } = 86_400;

    /// <summary>Ends the experiment after the current batch, with the best model so far.</summary>
    /// <value>Default: none.</value>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>The metric that is optimized, on the validation images.</summary>
    /// <value>Default: <see cref="Rf3dOptimizingMetric.MicroAccuracy"/>.</value>
    [EnumDataType(typeof(Rf3dOptimizingMetric))]
    public Rf3dOptimizingMetric OptimizingMetric { get; set; } = Rf3dOptimizingMetric.MicroAccuracy;

    /// <summary>Number of candidates to train, those that rank first.</summary>
    /// <value>At least 1. Default: 8.</value>
    /// <remarks>At most four of them are trained to the end, if there are epochs enough to drop half of the candidates in between.</remarks>
    [Range(1, int.MaxValue)]
    public int MaxModels { get; set; } = 8;

    /// <summary>Most multiply-accumulates for one image. Networks are planned within this budget.</summary>
    /// <value>At least 1. Default: null, no limit.</value>
    [Range(1, long.MaxValue)]
    public long? MaxMacs { get; set; }

    /// <summary>Most learned parameters. Networks are planned within this budget.</summary>
    /// <value>At least 1. Default: null, no limit.</value>
    [Range(1, long.MaxValue)]
    public long? MaxParameters { get; set; }

    /// <summary>Largest ONNX file of a model, which is written before any training. The .zip has about the same size.</summary>
    /// <value>Bytes, at least 1. Default: null, no limit.</value>
    [Range(1, long.MaxValue)]
    public long? MaxModelBytes { get; set; }

    /// <summary>Longest time to score one image with ONNX Runtime on the processor of this machine.</summary>
    /// <value>Milliseconds, above 0. Default: null, no limit.</value>
    /// <remarks>It is the median over some runs of the untrained network. Other work on the machine makes it longer.</remarks>
    [Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double? MaxLatencyMilliseconds { get; set; }

    /// <summary>Memory that the process may use while it trains.</summary>
    /// <value>Megabytes, above 0. Default: null, no limit.</value>
    /// <remarks>
    /// A trial that needs more fails, and the experiment continues. Memory that is free again and that the process still has does not count. If <c>Execute</c> resumes with a
    /// higher limit, the candidate is trained again.
    /// </remarks>
    [Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double? MaximumMemoryUsageInMegaByte { get; set; }

    /// <summary>Folder for the log of trials (<c>trials.jsonl</c>), checkpoints and the best model (<c>best.zip</c>).</summary>
    /// <value>Default: null, a temporary folder that is deleted afterwards.</value>
    /// <remarks><c>Execute</c> with the same settings and data resumes from it and repeats no finished trial.</remarks>
    [MinLength(1)]
    public string? ExperimentDirectory { get; set; }

    /// <summary>Seed of all random choices, the same for all trials.</summary>
    /// <value>Default: null, that of the <see cref="ExperimentDirectory"/>, or drawn from the context.</value>
    public int? Seed { get; set; }

    /// <summary>Share of the images of each class that is held out when <c>Execute</c> gets no validation data.</summary>
    /// <value>Above 0 and below 1. Default: 0.1.</value>
    [Range(0d, 1d, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double ValidationFraction { get; set; } = 0.1;

    /// <summary>The candidates: networks, widths, blocks, image sizes and recipes.</summary>
    /// <value>Default: twelve candidates.</value>
    [Required]
    public Rf3dSearchSpace SearchSpace { get; set; } = new();

    /// <summary>Options of all candidates: columns, epochs, batch size, device, organizer, and all else that no recipe changes.</summary>
    /// <value>Default: those of the trainer.</value>
    /// <remarks>
    /// The experiment sets network, width, decomposition, seed, checkpoints and validation itself, by <see cref="SearchSpace"/> and by these settings. The label is that of
    /// <c>Execute</c> if it has one. <see cref="Rf3dImageClassificationTrainer.Options.ContinueFrom"/> must be null.
    /// <see cref="Rf3dImageClassificationTrainer.Options.CancellationToken"/> ends the experiment, as <see cref="CancellationToken"/> does.
    /// </remarks>
    [Required]
    public TrainerOptions TrainerOptions { get; set; } = new();

    /// <summary>Called with the ranked candidates and their figures before any training, on the thread of <c>Execute</c>.</summary>
    /// <value>Default: null, none.</value>
    public Action<Rf3dExperimentPlan>? PlanCallback { get; set; }

    /// <summary>
    /// Called when a trial begins, and then as often as <see cref="Rf3dImageClassificationTrainer.Options.MetricsCallback"/>, on the thread of <c>Execute</c>.
    /// </summary>
    /// <value>Default: null, none.</value>
    public Action<Rf3dTrialProgress>? TrialCallback { get; set; }

    /// <summary>The clock of the time limit.</summary>
    internal TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <exception cref="InvalidOptionsException">Values out of range, all of them in one message.</exception>
    internal Rf3dExperimentSettings CheckedCopy()
    {
        var copy = (Rf3dExperimentSettings)MemberwiseClone();
        var errors = OptionsCheck.CheckEach(copy).Concat(copy.SearchSpace?.Errors() ?? []).ToList();
        if (copy is { TrainerOptions.Pretrained: not PretrainedChoice.Automatic and var shared, SearchSpace.Pretrained: not [PretrainedChoice.Automatic] })
        {
            OptionName one = new(nameof(TrainerOptions.Pretrained)), other = new("SearchSpace.Pretrained");
            errors.Add(new(nameof(TrainerOptions.Pretrained), shared, $"{one} is '{shared}', and {other} has values of its own. Give the weights in one of them."));
        }
        errors.AddRange(ContinuedModel(copy.TrainerOptions));
        if (errors.Count > 0)
            throw new InvalidOptionsException(errors);
        copy.TrainerOptions = copy.TrainerOptions.CheckedCopy();
        return copy;
    }

    /// <summary>A model to continue, whose network would be that of every candidate.</summary>
    internal static IEnumerable<OptionError> ContinuedModel(TrainerOptions? options)
    {
        if (options?.ContinueFrom is not { } model)
            yield break;
        OptionName option = new(nameof(options.ContinueFrom)), weights = new("SearchSpace.Pretrained");
        yield return new(nameof(options.ContinueFrom), model, $"{option} is '{model}', and an experiment compares networks, while a model that is continued keeps its own. Continue it with the trainer, or name it in {weights}: then candidates start from its weights.");
    }

    /// <summary>These settings with another token.</summary>
    internal Rf3dExperimentSettings With(CancellationToken cancellation)
    {
        var copy = (Rf3dExperimentSettings)MemberwiseClone();
        copy.CancellationToken = cancellation;
        return copy;
    }
}
