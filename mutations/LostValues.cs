using Microsoft.CodeAnalysis;

namespace Rf3d.Mutations;

/// <summary>The value of a lost option: its default. Where a training has already chosen a value for null, another value that is valid.</summary>
internal static class LostValues
{
    private const string Options = "global::Rf3d.MLNet.Rf3dImageClassificationTrainer.Options";

    /// <summary>As expressions of C#. Null for members that are no options.</summary>
    public static string? Of(ISymbol symbol, string file) => symbol is IPropertySymbol member ? OfProperty(member, file) : OfVariable(symbol, file);

    private static string? OfProperty(IPropertySymbol member, string file) => (member.ContainingType.Name, member.Name) switch
    {
        ("TrainingRecipe" or "Options", _) when member.ContainingType.ContainingNamespace.ToString() == "Rf3d.MLNet" =>
            $"new {Options}{(IsSettled(file) ? " { BatchSize = 6, LearningRate = 0.03 }" : "()")}.{member.Name}",
        ("AugmentationOptions" or "RandAugment" or "EarlyStopping", _) => $"new global::Rf3d.MLNet.{member.ContainingType.Name}().{member.Name}",
        ("OrganizerOptions" or "ReceptiveFieldOptions", not "Off" and not "Default") => $"new global::Rf3d.Planning.{member.ContainingType.Name}().{member.Name}",
        ("ImageReadingOptions", _) => $"new {Options}().ForReaders().{member.Name}",
        ("TrainingSettings", "Recipe") => $"(global::Rf3d.MLNet.TrainingRecipe)new {Options} {{ BatchSize = 6, LearningRate = 0.03 }}",
        ("TrainingSettings", "Seed") => "98765",
        ("TrainingSettings", "Device") => "global::TorchSharp.torch.CPU",
        ("TrainingSettings", "Precision") => "global::Rf3d.MLNet.TrainingPrecision.Float32",
        ("TrainingSettings", "ClassWeights") => "(float[]?)null",
        ("TrainingSettings", "PauseAfterEpoch") => "(int?)null",
        ("TrainingSettings", "BatchSize") => "6",
        ("ScoringChainSettings", "LabelColumnName" or "ScoreColumnName" or "PredictedLabelColumnName" or "EmbeddingColumnName") => $"new {Options}().{member.Name}",
        ("ImagePreprocessing", "ImageColumnName") => $"new {Options}().FeatureColumnName",
        ("ImagePreprocessing", "Resizing") => $"new {Options}().Resizing",
        ("TrainedModel" or "LinearProbe", "TestTimeFlip") => "false",
        ("TrainedModel", "ScoreColumnName") => "\"Score\"",
        ("BatchChoice", "Size") => "6",
        ("BatchChoice", "LearningRate") => "0.03",
        ("TrainingRequest", not "FitsEpochsToTime") => $"new global::Rf3d.ModelBuilder.TrainingRequest {{ Dataset = \".\" }}.{member.Name}",
        _ => null,
    };

    private static string? OfVariable(ISymbol variable, string file) => (variable.Name, file) switch
    {
        ("momentum", _) when file.Contains("/Optimizers/", StringComparison.Ordinal) => "0.9",
        ("nesterov", _) when file.Contains("/Optimizers/", StringComparison.Ordinal) => "true",
        ("precision", "Rf3d.MLNet/Estimator/TrainingRun.cs" or "Rf3d.MLNet/Estimator/BatchSettlement.cs" or "Rf3d.MLNet/Training/Optimizers/FusedMuon.cs") => "global::Rf3d.MLNet.TrainingPrecision.Float32",
        ("seed", "Rf3d.MLNet/Estimator/TrainingRun.cs" or "Rf3d.MLNet/Training/ValidationSplit.cs") => "98765",
        ("hasBranches", "Rf3d.MLNet/Estimator/TrainingRun.cs") => "true",
        ("requested", "Rf3d.MLNet/Estimator/DeviceChoice.cs") => "\"auto\"",
        ("deterministic", "Rf3d.MLNet/Estimator/DeviceChoice.cs") => "false",
        _ => null,
    };

    private static bool IsSettled(string file) => file.StartsWith("Rf3d.MLNet/Training/", StringComparison.Ordinal) || file.StartsWith("Rf3d.MLNet/Adaptation/", StringComparison.Ordinal);
}
