using Microsoft.ML;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Experiments;

/// <summary>An experiment of four candidates that trains in seconds.</summary>
internal static class SmallExperiment
{
    public static Rf3dExperimentSettings Settings
    {
        get
        {
            var options = SmallTask.Options;
            (options.Epoch, options.Network) = (4, null);
            return new()
            {
                Seed = 7,
                TrainerOptions = options,
                SearchSpace = new()
                {
                    Architectures = [],
                    // The package's weights are beside the tests, and a pretrained network takes longer than all of these.
                    Pretrained = ["none"],
                    Networks = [SmallTask.Network, SmallTask.Network with { Name = "wide", Stages = [Stage.Repeat(Block.Convolution(24), 2, new MaxPool(2, 2))] }],
                },
            };
        }
    }

    /// <summary>Of six candidates: enough to be halved.</summary>
    public static Rf3dExperimentSettings SettingsOfSix
    {
        get
        {
            var settings = Settings;
            settings.SearchSpace.Networks = [.. settings.SearchSpace.Networks, SmallTask.Network with { Name = "narrow", Stages = [Stage.Repeat(Block.Convolution(8), 2, new MaxPool(2, 2))] }];
            return settings;
        }
    }

    /// <summary>Of one network with several recipes, for two classes.</summary>
    public static Rf3dExperimentSettings SettingsOf(string? folder, params Rf3dRecipe[] recipes)
    {
        var settings = Settings;
        settings.ExperimentDirectory = folder;
        (settings.SearchSpace.Networks, settings.SearchSpace.Decompositions, settings.SearchSpace.Recipes) = ([SmallTask.Network with { Classes = 2 }], [Decomposition.Off], recipes);
        return settings;
    }

    /// <summary>Runs it on four images. An epoch is one batch, with one report. All candidates are equally good after each: the score is 0.5.</summary>
    public static Rf3dExperimentResult RunOnFourImages(Rf3dExperimentSettings settings, MLContext? context = null)
    {
        var mlContext = context ?? new MLContext(1);
        var (training, validation) = FourImages(mlContext);
        return mlContext.MulticlassClassification.CreateRf3dExperiment(settings).Execute(training, validation);
    }

    public static (IDataView Training, IDataView Validation) FourImages(MLContext mlContext) => (
        SmallTask.FromMemory(mlContext, ("a", [250, 0, 0], 16, 16), ("b", [0, 0, 250], 16, 16)),
        // One picture in both classes: every network is right once and wrong once.
        SmallTask.FromMemory(mlContext, ("a", [0, 99, 0], 16, 16), ("b", [0, 99, 0], 16, 16)));

    /// <summary>Changes the log of an experiment that is not running.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="change">The entry to write in place of another; null to leave it out.</param>
    public static void RewriteLog(string folder, Func<LogEntry, LogEntry?> change)
    {
        List<LogEntry> entries;
        using (var log = TrialLog.Open(folder))
            entries = [.. log.All<LogEntry>().Select(change).OfType<LogEntry>()];
        File.Delete(Path.Combine(folder, TrialLog.FileName));
        using var rewritten = TrialLog.Open(folder);
        entries.ForEach(rewritten.Append);
    }

    public static Rf3dExperimentResult Run(Rf3dExperimentSettings settings, Action<Rf3dRunDetail>? progress = null, int images = 80)
    {
        var mlContext = new MLContext(1);
        return mlContext.MulticlassClassification.CreateRf3dExperiment(settings).Execute(SmallTask.Images(mlContext, images), progressHandler: new Progress(progress ?? (_ => { })));
    }

    // The framework's own hands reports to other threads, in any order.
    private sealed class Progress(Action<Rf3dRunDetail> action) : IProgress<Rf3dRunDetail>
    {
        public void Report(Rf3dRunDetail value) => action(value);
    }
}
