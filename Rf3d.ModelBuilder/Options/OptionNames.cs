using Rf3d.MLNet;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.ModelBuilder;

/// <summary>The names on the command line of the options that the library's errors call by the names of its properties.</summary>
internal static class OptionNames
{
    private static readonly Dictionary<string, string> Others = new()
    {
        [nameof(TrainerOptions.ImageHeight)] = "--image-size",
        [nameof(TrainerOptions.ImageWidth)] = "--image-size",
        [nameof(ImageAuditOptions.ImageSize)] = "--image-size",
        [nameof(ImageAuditOptions.Folds)] = "--folds",
        [nameof(TrainerOptions.ContinueFrom)] = "--continue-from",
        [nameof(TrainerOptions.Seed)] = "--seed",
        [nameof(TrainerOptions.CheckpointDirectory)] = "--checkpoint-directory",
        [nameof(Rf3dExperimentSettings.MaxExperimentTimeInSeconds)] = "--train-time",
        [nameof(Rf3dExperimentSettings.ExperimentDirectory)] = "--experiment-directory",
        [nameof(Rf3dExperimentSettings.MaxModels)] = "--max-models",
        [nameof(Rf3dExperimentSettings.MaxMacs)] = "--max-macs",
        [nameof(Rf3dExperimentSettings.MaxParameters)] = "--max-parameters",
        [nameof(Rf3dExperimentSettings.MaxModelBytes)] = "--max-model-bytes",
        [nameof(Rf3dExperimentSettings.MaxLatencyMilliseconds)] = "--max-latency",
        [nameof(Rf3dSearchSpace.Architectures)] = "--architecture",
        [nameof(Rf3dSearchSpace.WidthMultipliers)] = "--width-multiplier",
        [nameof(Rf3dSearchSpace.Decompositions)] = "--decomposition",
        [nameof(Rf3dSearchSpace.ImageSizes)] = "--image-size",
        [nameof(Rf3dSearchSpace.Recipes)] = "--preset",
    };

    private static readonly Dictionary<string, string> Flags = TrainingOptionTable.All.ToDictionary(option => option.Member, option => option.Flag);

    /// <summary>The name on the command line; the library's own where there is none.</summary>
    public static string FlagOf(string member) => Flags.GetValueOrDefault(member) ?? Others.GetValueOrDefault(member) ?? member;
}
