using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Rf3d.Datasets;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>
/// Writes plan and recipe as a folder that PyTorch trains with <c>torchrun</c>, on one or more GPUs and machines. <see cref="TorchrunImport"/> creates the model from the
/// result.
/// </summary>
/// <remarks>
/// <para>The folder has <c>train.py</c>, which needs torch (1.13 or later) and torchvision or Pillow; <c>plan.json</c> and <c>recipe.json</c>, which it reads; <c>init.safetensors</c> with the
/// weights that training starts from, drawn by the seed of the options or taken from <c>Pretrained</c>; <c>check.safetensors</c>, by which train.py compares its results with those of this library;
/// <c>requirements.txt</c>, a <c>Dockerfile</c>, a manifest for Kubeflow and a <c>README.md</c>.</para>
/// <para>All figures of the recipe hold. <c>BatchSize</c> is that of all workers together; where it is null, train.py chooses it and the learning rate. Of the options that belong to a machine
/// (device, checkpoints, storage of images) nothing is exported. <c>Adaptation</c> is always <see cref="Adaptation.FineTune"/>: train.py learns no probe.</para>
/// </remarks>
public static class TorchrunExport
{
    /// <summary>Plans a network for images and exports its training.</summary>
    /// <param name="mlContext">Its log receives messages on pretrained weights. Its seed is used if the options have none.</param>
    /// <param name="data">Has the label, whose key values are the classes, and the image column. Only the sizes of images are read. For data of <c>LoadImageFolder</c> and <c>LoadImageTable</c>, train.py turns images upright if the data does.</param>
    /// <param name="options">Network and recipe, as for a training.</param>
    /// <param name="folder">The folder; it is created if it does not exist, and must be empty otherwise.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, or an option is out of range.</exception>
    /// <exception cref="InvalidOperationException">The images are too small for the network, no plan meets the budgets, or <c>Pretrained</c> fits no layer.</exception>
    /// <exception cref="FormatException">The file of <c>Pretrained</c> is damaged, or of another kind.</exception>
    /// <exception cref="IOException">The folder is not empty, or cannot be written to.</exception>
    public static NetworkPlan Write(MLContext mlContext, IDataView data, TrainerOptions options, string folder)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        options = options.CheckedCopy();
        var image = Columns.FindImage(data.Schema, options.FeatureColumnName, nameof(data));
        var label = LabelColumn.Find(data.Schema, options.LabelColumnName, nameof(data));
        IReadOnlyList<Size2D> sizes = [];
        var size = ImageSizeFinder.FromData(options.GivenImageSize(), data, image, options.CancellationToken, found => sizes = found);
        var planned = TrainingPlan.Of(options, size, label.Classes.Length, RowCount.About(data), mlContext.TempFilePath);
        Write(mlContext, planned, label.Classes, options, folder, applyOrientation: data is not ImageFolderDataView images || images.IsUpright, warning: ImageShapeWarning.Of(options, sizes, planned.Plan.Optimized.Input));
        return planned.Plan;
    }

    /// <summary>Exports the training of a plan.</summary>
    /// <param name="mlContext">Its log receives messages on pretrained weights. Its seed is used if the options have none.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="classes">Names of the classes, as many as the network has: the names of the folders that train.py reads.</param>
    /// <param name="options">The recipe. Its network options have no effect, except for <c>CropFraction</c>. With <c>Pretrained</c> "auto", weights are random, drawn by the seed.</param>
    /// <param name="folder">The folder; it is created if it does not exist, and must be empty otherwise.</param>
    /// <param name="applyOrientation">Whether train.py turns images upright as the orientation in their EXIF data says. Default: true.</param>
    /// <exception cref="ArgumentException">Other classes than the network has, or an option is out of range.</exception>
    /// <exception cref="InvalidOperationException"><c>Pretrained</c> fits no layer, or the network has no head.</exception>
    /// <exception cref="FormatException">The file of <c>Pretrained</c> is damaged, or of another kind.</exception>
    /// <exception cref="IOException">The folder is not empty, or cannot be written to.</exception>
    public static void Write(MLContext mlContext, NetworkPlan plan, IReadOnlyList<string> classes, TrainerOptions options, string folder, bool applyOrientation = true)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(options);
        options = options.CheckedCopy();
        var input = plan.Optimized.Input;
        var start = options.Pretrained is PretrainedChoice.Automatic ? new(null, null, null) : PretrainedChoice.Of(options, new Size2D(input.Height, input.Width), null, mlContext.TempFilePath);
        Write(mlContext, TrainingPlan.Of(options, plan, start), classes, options, folder, applyOrientation);
    }

    /// <summary>Exports a training that continues from a saved model: its plan, its classes, its weights.</summary>
    /// <param name="mlContext">The context to load the model in.</param>
    /// <param name="modelPath">The .zip.</param>
    /// <param name="options">The recipe. Network, <c>Pretrained</c>, resizing, crop, background and the names of the columns of images and scores are the model's, and so is <c>TestTimeFlip</c> if it is on there.</param>
    /// <param name="folder">The folder; it is created if it does not exist, and must be empty otherwise.</param>
    /// <param name="applyOrientation">Whether train.py turns images upright as the orientation in their EXIF data says. Default: true.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="FileNotFoundException">There is no such model.</exception>
    /// <exception cref="FormatException">The file is not a model of this trainer.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="IOException">The folder is not empty, or cannot be written to.</exception>
    public static NetworkPlan Write(MLContext mlContext, string modelPath, TrainerOptions options, string folder, bool applyOrientation = true)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var model = Rf3dSavedModel.Load(mlContext, modelPath);
        if (!model.ImageSteps.IsEmpty)
            throw new InvalidOperationException($"The pipeline of '{modelPath}' changes images before the classifier ({string.Join(", ", model.ImageSteps)}), and train.py would train it further on unchanged ones. Train it further by ContinueFrom, in a pipeline with these steps.");
        options = options.CheckedCopy();
        (options.Resizing, options.FeatureColumnName, options.ScoreColumnName) = (model.Preprocessing.Resizing, model.ImageColumnName, model.ScoreColumnName);
        options.Background = model.Background ?? options.Background;
        options.TestTimeFlip |= model.ScoresMirrored;
        var planned = new TrainingPlan(model.Plan, new PretrainedChoice(null, modelPath, null)) { Resized = new(model.ImageHeight, model.ImageWidth) };
        Write(mlContext, planned, model.Classes, options.CheckedCopy(), folder, applyOrientation, hasBackground: model.Background is not null);
        return model.Plan;
    }

    private static void Write(
        MLContext mlContext, TrainingPlan planned, IReadOnlyList<string> classes, TrainerOptions options, string folder, bool applyOrientation, bool hasBackground = true, string? warning = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        var (plan, start) = planned;
        var layout = NetworkLayout.Of(plan.Optimized);
        if (classes.Count != layout.Classifier.Outputs)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The network has {layout.Classifier.Outputs} classes, and {classes.Count} names are given."), nameof(classes));
        CheckNames(classes);
        TorchNative.EnsureLoaded();
        var environment = MLNetInternals.GetEnvironment(mlContext.MulticlassClassification.Trainers);
        using var channel = environment.Start(nameof(TorchrunExport));
        if (warning is not null)
            channel.Warning(warning);
        if (start is { IsAdvice: true, Reason: { } advice })
            channel.Warning(advice);
        else if (start.Reason is { } reason)
            channel.Info(reason);
        options.TestTimeFlip |= start.ScoresMirrored;
        var seed = options.Seed ?? MLNetInternals.DrawSeed(environment);
        var weights = TorchrunStart.Of(layout, start, seed, mlContext.TempFilePath, channel.Info, channel.Warning);
        var seen = new Size2D(plan.Optimized.Input.Height, plan.Optimized.Input.Width);
        Settle(options, weights, isNormalised: NormalisationChoice.IsByOptions(options, start, seen, channel.Warning));
        // Where the number depends on the images, train.py chooses it.
        if (!EpochChoice.DependsOnImages(options, start.Network is not null || start.File is not null))
            options.Epoch ??= EpochChoice.Usual;
        var stored = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(StoredPlan.Of(plan), TorchrunRecipe.Json) + "\n");
        var recipe = TorchrunRecipe.Of(options, classes, seed) with { ApplyOrientation = applyOrientation, LearningRateShare = BatchSettlement.RateShare(isPretrained: start.Network is not null) };
        if (!hasBackground)
            recipe = recipe with { Background = null };
        if (start.Preparation is { } prepared)
            recipe = recipe with { Resizing = prepared.Resizing, Background = prepared.Background };
        if (planned.Resized != seen)
        {
            recipe = recipe with { Resized = planned.Resized };
            channel.Info($"Images are resized to {planned.Resized}; the network sees their middle {seen} pixels.");
        }
        var check = weights.Check(layout, seed, options.TestTimeFlip);

        RequireEmpty(folder);
        Directory.CreateDirectory(folder);
        Put(TorchrunFiles.Plan, stream => stream.Write(stored));
        Put(TorchrunFiles.Recipe, stream => stream.Write(recipe.ToJson()));
        Put(TorchrunFiles.Start, TorchrunTensors.FileOf(weights.Weights).Write);
        Put(TorchrunFiles.Check, check.Write);
        foreach (var name in TorchrunFiles.Fixed)
            Put(name, stream => stream.Write(TorchrunFiles.Read(name)));
        Put(TorchrunFiles.Readme, stream => stream.Write(Readme(plan, classes)));

        void Put(string name, Action<Stream> write) => AtomicFile.Write(Path.Combine(folder, name), write);
    }

    /// <summary>The choices by pretrained weights, and those of the library that do not depend on the machine.</summary>
    private static void Settle(TrainerOptions options, TorchrunStart start, bool isNormalised)
    {
        options.Reparameterization = start.HasBranches ?? options.Reparameterization;
        options.Adaptation = Adaptation.FineTune;
        if (isNormalised || start.Statistics is not { } statistics)
            return;
        options.ChannelMean = [.. statistics.Mean.Select(value => value / 255.0)];
        options.ChannelStandardDeviation = [.. statistics.StandardDeviation.Select(value => value / 255.0)];
    }

    /// <summary>Classes are folders there.</summary>
    private static void CheckNames(IReadOnlyList<string> classes)
    {
        if (classes.FirstOrDefault(name => string.IsNullOrEmpty(name) || name.StartsWith('.') || name.AsSpan().IndexOfAny('/', '\\', '\0') >= 0) is { } bad)
            throw new ArgumentException($"The class '{bad}' cannot be the name of a folder, from which train.py reads the images of a class. Rename it.", nameof(classes));
        if (classes.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"Two classes have the name '{twice.Key}'.", nameof(classes));
    }

    private static void RequireEmpty(string folder)
    {
        if (File.Exists(folder))
            throw new IOException($"'{folder}' is a file. Choose a folder that is empty or not there yet.");
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new IOException($"The folder '{folder}' is not empty, and what is in it may be a training. Choose another one, or empty it first.");
    }

    private static byte[] Readme(NetworkPlan plan, IReadOnlyList<string> classes)
    {
        var (network, cost) = (plan.Optimized, plan.OptimizedCost);
        var text = Encoding.UTF8.GetString(TorchrunFiles.Read(TorchrunFiles.Readme))
            .Replace("{{network}}", network.Name, StringComparison.Ordinal)
            .Replace("{{size}}", string.Create(CultureInfo.InvariantCulture, $"{network.Input.Height}x{network.Input.Width}"), StringComparison.Ordinal)
            .Replace("{{parameters}}", cost.Parameters.ToString("#,0", CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{{classes}}", classes.Count.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes(text);
    }
}
