using System.Runtime.InteropServices;
using System.Text.Json;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Torchrun;

/// <summary>Writes the files that train.py writes to an exported folder at the end of a training, without training: brings its initial weights back.</summary>
internal static class TrainedFolder
{
    public static readonly float[] Mean = [100, 110, 120], Deviation = [60, 70, 80];

    private const string Classifier = "head.classifier.weight";

    private const string History = """
        {"epochs": [
          {"epoch": 1, "epochCount": 3, "batchCount": 6, "loss": 0.9, "accuracy": 0.5, "learningRate": 0.04, "imagesPerSecond": 90.5, "validationLoss": 0.8, "validationAccuracy": 0.75, "elapsedSeconds": 2.5},
          {"epoch": 2, "epochCount": 3, "batchCount": 6, "loss": 0.7, "accuracy": 0.6, "learningRate": 0.01, "imagesPerSecond": 91.5, "validationLoss": 0.9, "validationAccuracy": 0.5, "elapsedSeconds": 5}],
         "bestEpoch": 1, "stopReason": "EarlyStopping", "device": "4 x cpu", "seed": 7, "trainingImages": 96, "validationImages": 24, "batchSize": 16, "learningRate": 0.05,
         "precision": "BFloat16", "torch": "2.7.1"}
        """;

    /// <param name="folder">An exported folder.</param>
    /// <param name="change">Changes tensors and metadata before they are written.</param>
    /// <param name="testTimeFlip">Whether the logits are those of both views; null for what the recipe says.</param>
    /// <returns>The logits of the images in it, one row an image.</returns>
    public static float[] Complete(string folder, Action<Dictionary<string, SafeTensorEntry>, Dictionary<string, string>>? change = null, bool? testTimeFlip = null)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var plan = JsonSerializer.Deserialize<StoredPlan>(File.ReadAllBytes(Path.Combine(folder, "plan.json")), TorchrunRecipe.Json)!.ToPlan();
        var recipe = TorchrunRecipe.Parse(File.ReadAllBytes(Path.Combine(folder, "recipe.json")));
        var layout = NetworkLayout.Of(plan.Optimized);
        using var start = File.OpenRead(Path.Combine(folder, "init.safetensors"));
        var tensors = SafeTensors.Read(start).Tensors.ToDictionary();
        // Logits that are far apart: those of a mirror image differ by more than the tolerance of the import.
        if (recipe.Training.TestTimeFlip)
            tensors[Classifier] = TorchrunTensors.Of(new WeightTensor(tensors[Classifier].Shape, [.. tensors[Classifier].ToFloats()!.Select(value => value * 30)]));
        var weights = TorchrunTensors.Read(layout, tensors, new(Mean, Deviation), "test", "");

        using var generator = new Generator(5);
        using var network = new TorchNetwork(layout, generator);
        network.Import(weights);
        network.eval();
        var input = layout.Network.Input;
        // Brighter from left to right, so that a mirror image has other logits.
        var ramp = linspace(0, 1, input.Width).view(1, 1, 1, input.Width);
        var bytes = randint(256, [6, 3, input.Height, input.Width], generator: generator).mul(ramp.mul(ramp)).to(ScalarType.Byte);
        var images = (bytes.to(ScalarType.Float32) - tensor(Mean).view(1, 3, 1, 1)) / tensor(Deviation).view(1, 3, 1, 1);
        var logits = network.call(images);
        if (testTimeFlip ?? recipe.Training.TestTimeFlip)
            logits = (logits + network.call(images.flip(3))) / 2;
        var values = logits.contiguous().data<float>().ToArray();

        tensors["check.images"] = new("U8", bytes.shape, bytes.contiguous().data<byte>().ToArray());
        tensors["check.logits"] = TorchrunTensors.Of(new WeightTensor(logits.shape, values));
        tensors["statistics.mean"] = TorchrunTensors.Of(new WeightTensor([3], Mean));
        tensors["statistics.deviation"] = TorchrunTensors.Of(new WeightTensor([3], Deviation));
        Dictionary<string, string> metadata = new() { ["kind"] = "rf3d.torchrun.trained", ["history"] = History };
        foreach (var name in new[] { "plan.json", "recipe.json" })
            metadata[name] = TorchrunRecipe.HashOf(File.ReadAllBytes(Path.Combine(folder, name)));
        change?.Invoke(tensors, metadata);
        using var file = File.Create(Path.Combine(folder, "trained.safetensors"));
        new SafeTensors(metadata, tensors).Write(file);
        return values;
    }

    /// <summary>Adds logits of 120 validation images, of which a quarter are wrong, although each says 99.9 %.</summary>
    public static void AddTooSure(Dictionary<string, SafeTensorEntry> tensors)
    {
        const int count = 120;
        var (logits, labels) = (new float[count * 3], new long[count]);
        for (var image = 0; image < count; image++)
        {
            logits[(image * 3) + (image % 3)] = 8;
            labels[image] = (image % 4 == 0 ? image + 1 : image) % 3;
        }
        tensors["validation.logits"] = TorchrunTensors.Of(new WeightTensor([count, 3], logits));
        tensors["validation.labels"] = new("I64", [count], MemoryMarshal.AsBytes(labels.AsSpan()).ToArray());
    }
}
