using Rf3d.MLNet.Tests.Images;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training;

/// <summary>A training session on noise that takes a moment, with a clock that reports every batch.</summary>
internal sealed class SmallTraining : IDisposable
{
    private readonly ImageSet _images;
    private readonly ImageSet _validation;
    private ImageSet? _cached;

    public SmallTraining()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        _images = Draw(60);
        _validation = Draw(20);

        ImageSet Draw(int count) => ImageSets.Of(
            randint(0, 256, [count, 16, 16, 3], generator: generator).to(ScalarType.Byte),
            arange(count).remainder(4));
    }

    public static NetworkLayout Layout => NetworkLayout.Of(new ConvNet
    {
        Name = "small",
        Input = new TensorShape(3, 16, 16),
        Classes = 4,
        Stages = [Stage.Repeat(Block.Convolution(8), 2, new MaxPool(2, 2)), Stage.Repeat(Block.DepthwiseSeparable(16, stride: 2), 1)],
        Head = new Head { HiddenLayers = [8], Dropout = 0.3 },
    });

    /// <summary>The default recipe with plain SGD.</summary>
    public static TrainingSettings Settings =>
        new(new() { BatchSize = 10, Epoch = 4, LearningRate = 0.05, Optimizer = TrainingOptimizer.Sgd, Reparameterization = false }, Seed: 5, CPU) { Clock = new Clock() };

    /// <summary>The network that is trained.</summary>
    public NetworkLayout Network { get; set; } = Layout;

    public Action<TrainingMetrics> Report { get; set; } = _ => { };

    public List<string> Warnings { get; } = [];

    public int Epochs { get; set; } = 4;

    /// <summary>Whether the images are read from a file.</summary>
    public bool FromCache { get; set; }

    /// <summary>Lets the number of threads change.</summary>
    public Func<ThreadWatch?> WatchThreads { get; set; } = () => null;

    /// <summary>Changes of the usual settings.</summary>
    public Func<TrainingSettings, TrainingSettings> Recipe { get; set; } = settings => settings;

    public static CheckpointOrigin Origin(string name = "same") => new(new Dictionary<string, string> { ["name"] = name }, "{}", "here");

    /// <param name="store">Where to save and take up; null for nowhere.</param>
    /// <param name="interval">Time between checkpoints within an epoch; the clock advances by a second whenever it is read.</param>
    /// <param name="cancellation">Stops it.</param>
    public TrainedNetwork Run(CheckpointStore? store, TimeSpan? interval = null, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var settings = Settings.With(recipe => recipe.Epoch = Epochs);
        using var cached = FromCache ? ImageSets.Cached(_images) : null;
        _cached = cached;
        using var cachedValidation = FromCache ? ImageSets.Cached(_validation) : null;
        var session = new TrainingSession(
            Network, Recipe(settings), new(cached ?? _images, arange(_images.Count)), new(cachedValidation ?? _validation, arange(_validation.Count)), new([127, 127, 127], [70, 70, 70]))
        {
            Report = metrics => Report(metrics),
            Warn = Warnings.Add,
            WatchThreads = WatchThreads,
            Checkpoints = store is null ? null : new TrainingCheckpoints(store, Origin(), interval ?? TimeSpan.FromDays(1), settings.Clock) { Warn = Warnings.Add },
        };
        return session.Run(cancellation);
    }

    /// <summary>Closes the file that the training images are read from.</summary>
    public void LoseImages() => _cached!.Dispose();

    /// <summary>Loss and accuracy of a plain network with these weights on the validation images.</summary>
    public (double Loss, double Accuracy) Measure(WeightTable weights)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var generator = new Generator(0);
        using var network = new TorchNetwork(Network, generator);
        network.Import(weights);
        network.eval();
        using var batches = new BatchSource(_validation, new([127, 127, 127], [70, 70, 70]), CPU);
        var all = arange(_validation.Count);
        var logits = network.call(batches.Load(all));
        var labels = batches.Labels(all);
        return (nn.functional.cross_entropy(logits, labels).item<float>(), logits.argmax(1).eq(labels).to(ScalarType.Float32).mean().item<float>());
    }

    public static void AssertSameWeights(WeightTable expected, WeightTable actual)
    {
        CollectionAssert.AreEquivalent(expected.Names.ToList(), actual.Names.ToList());
        foreach (var name in expected.Names)
            CollectionAssert.AreEqual(expected[name].Values, actual[name].Values, name);
    }

    public void Dispose()
    {
        _images.Dispose();
        _validation.Dispose();
    }

    private sealed class Clock : TimeProvider
    {
        private long _seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _seconds++;
    }
}
