using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>Creates the model from the result of <c>train.py</c> of <see cref="TorchrunExport"/>, with plan and history. It does not need libtorch.</summary>
public static class TorchrunImport
{
    /// <summary>
    /// Reads <c>plan.json</c>, <c>recipe.json</c> and <c>trained.safetensors</c> of a folder, and compares the logits of the images that train.py stored with those of the model: they may
    /// differ by 0.001, relative to the largest where that is above 1. Then the probabilities are calibrated on the logits of the validation images, unless <c>CalibrateProbabilities</c> is false.
    /// </summary>
    /// <param name="mlContext">The context to create the model in.</param>
    /// <param name="folder">The exported folder after its training, or the folder of train.py's <c>--output</c>.</param>
    /// <param name="inputSchema">The columns to save the model with: <c>mlContext.Model.Save(model, inputSchema, path)</c>.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">A file is missing, for example trained.safetensors because the training has not ended.</exception>
    /// <exception cref="FormatException">A file is damaged, of another kind, or of another plan or recipe. The message names the file.</exception>
    /// <exception cref="FormatException">The logits differ.</exception>
    public static Rf3dImageClassificationTransformer Load(MLContext mlContext, string folder, out DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
        var (planFile, recipeFile) = (Read(folder, TorchrunFiles.Plan), Read(folder, TorchrunFiles.Recipe));
        var plan = Explained(folder, TorchrunFiles.Plan, () => PlanOf(planFile));
        var recipe = Explained(folder, TorchrunFiles.Recipe, () => RecipeOf(recipeFile, plan));
        var layout = NetworkLayout.Of(plan.Optimized);
        var path = Find(folder, TorchrunFiles.Trained);
        var model = Explained(folder, TorchrunFiles.Trained, () =>
        {
            using var stream = File.OpenRead(path);
            Dictionary<string, string> hashes = new() { [TorchrunFiles.Plan] = TorchrunRecipe.HashOf(planFile), [TorchrunFiles.Recipe] = TorchrunRecipe.HashOf(recipeFile) };
            var result = TorchrunResult.Read(stream, layout, hashes, TorchrunFiles.Trained);
            result.Verify(OnnxWriter.Classifier(layout, result.Weights, result.Statistics, [], recipe.Training.TestTimeFlip));
            var calibration = recipe.Training.CalibrateProbabilities ? TemperatureChoice.Of(result.Validated) : null;
            var weights = CalibratedLayer.Apply(result.Weights, layout.Classifier, calibration);
            return new TrainedModel(plan, layout, weights, result.Statistics, recipe.Classes, Preprocessing(recipe, plan), recipe.Training.TestTimeFlip)
            {
                History = result.History with { Calibration = calibration },
                LabelColumnName = recipe.Columns.Label,
                ScoreColumnName = recipe.Columns.Score,
            };
        });
        var data = EmptyData(mlContext, recipe);
        inputSchema = data.Schema;
        var environment = MLNetInternals.GetEnvironment(mlContext.MulticlassClassification.Trainers);
        return new(model, model.History!, ModelAssembly.Chain(environment, model, OptionsOf(recipe), data));
    }

    private static NetworkPlan PlanOf(byte[] content)
    {
        try
        {
            return (JsonSerializer.Deserialize<StoredPlan>(content, TorchrunRecipe.Json) ?? throw new FormatException("it is empty")).ToPlan();
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidOperationException or NotSupportedException or OverflowException)
        {
            throw new FormatException(error.Message.TrimEnd('.'), error);
        }
    }

    private static TorchrunRecipe RecipeOf(byte[] content, NetworkPlan plan)
    {
        var recipe = TorchrunRecipe.Parse(content);
        if (recipe.Classes.Length != plan.Optimized.Classes)
            throw new FormatException($"it has {recipe.Classes.Length} classes, and the network of {TorchrunFiles.Plan} has {plan.Optimized.Classes}");
        var seen = SeenBy(plan);
        return recipe.Resized is { } resized && (resized.Height < seen.Height || resized.Width < seen.Width)
            ? throw new FormatException($"its 'resized' is {resized}, and the network of {TorchrunFiles.Plan} sees {seen} of it")
            : recipe;
    }

    private static ImagePreprocessing Preprocessing(TorchrunRecipe recipe, NetworkPlan plan)
    {
        var seen = SeenBy(plan);
        var resized = recipe.Resized ?? seen;
        return new()
        {
            ImageColumnName = recipe.Columns.Image,
            Height = resized.Height,
            Width = resized.Width,
            Crop = seen,
            Resizing = recipe.Resizing,
            Background = recipe.Background,
        };
    }

    private static Size2D SeenBy(NetworkPlan plan) => new(plan.Optimized.Input.Height, plan.Optimized.Input.Width);

    private static TrainerOptions OptionsOf(TorchrunRecipe recipe) => new()
    {
        LabelColumnName = recipe.Columns.Label,
        ScoreColumnName = recipe.Columns.Score,
        PredictedLabelColumnName = recipe.Columns.PredictedLabel,
        EmbeddingColumnName = recipe.Columns.Embedding,
    };

    /// <summary>No rows, but the columns of training data: a model takes the names of its classes from there.</summary>
    private static IDataView EmptyData(MLContext mlContext, TorchrunRecipe recipe)
    {
        var definition = SchemaDefinition.Create(typeof(Row));
        (definition[nameof(Row.Label)].ColumnName, definition[nameof(Row.Image)].ColumnName) = (recipe.Columns.Label, recipe.Columns.Image);
        var rows = mlContext.Data.LoadFromEnumerable(Array.Empty<Row>(), definition);
        var keys = mlContext.Data.LoadFromEnumerable(recipe.Classes.Select(name => new ClassName { Name = name }));
        return mlContext.Transforms.Conversion.MapValueToKey(recipe.Columns.Label, keyData: keys).Fit(rows).Transform(rows);
    }

    private static byte[] Read(string folder, string name) => File.ReadAllBytes(Find(folder, name));

    private static string Find(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        if (File.Exists(path))
            return path;
        throw new FileNotFoundException(
            name == TorchrunFiles.Trained
                ? $"'{folder}' has no {name}, which train.py writes when a training has ended. Continue it with the same command, or name the folder of its --output."
                : $"'{folder}' has no {name}: it is no folder that was exported for torchrun.",
            path);
    }

    private static T Explained<T>(string folder, string name, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is FormatException or EndOfStreamException)
        {
            throw new FormatException($"'{Path.Combine(folder, name)}' cannot be used: {error.Message.TrimEnd('.')}.", error);
        }
    }

    private sealed class Row
    {
        public string Label { get; set; } = "";

        // ML.NET asks for a size and does not use it.
        [ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }

    private sealed class ClassName
    {
        public string Name { get; set; } = "";
    }
}
