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
