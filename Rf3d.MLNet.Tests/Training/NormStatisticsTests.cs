using Rf3d.MLNet.Tests.Images;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training;

[TestClass]
public class NormStatisticsTests
{
    private static readonly ChannelStatistics Pixels = new([127, 127, 127], [70, 70, 70]);

    [TestMethod]
    [DataRow(256)]
    [DataRow(7)]
    [DataRow(4)]
    public void They_are_the_mean_and_the_unbiased_variance_of_the_output_of_the_kernel(int batchSize)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var network = RecipeFixture.Network(generator);
        using var images = RecipeFixture.Images(23);
        using var batches = new BatchSource(images, Pixels, CPU);
        using var statistics = new NormStatistics(network, new(images, arange(23)), batches, RecipeFixture.Settings, batchSize);
        var weight = network.Weights().First().Tensor.detach();
        // [channels, values]
        var values = nn.functional.conv2d(batches.Load(arange(23)), weight, padding: [1, 1]).permute(1, 0, 2, 3).flatten(1);

        Assert.IsTrue(statistics.PutIn(default));
        var norm = network.Norms.Single();
        RecipeFixture.AssertClose(values.mean([1]).Values(), norm.Mean);
        RecipeFixture.AssertClose(values.var(1, unbiased: true).Values(), norm.Variance, 1e-4);
    }

    [TestMethod]
    public void Small_sets_are_normalised_as_one_batch_through_all_kernels()
    {
        using var trained = new Trained();
        var images = trained.Batches.Load(arange(trained.Images.Count));
        trained.Network.eval();
        foreach (var norm in trained.Network.Norms)
            norm.Moments = new ChannelMoments();
        var expected = trained.Network.call(images).Values();
        foreach (var norm in trained.Network.Norms)
        {
            norm.Moments!.Dispose();
            norm.Moments = null;
        }
        trained.Statistics.PutIn(default);
        // A batch is divided by its biased variance, later images by the unbiased one: 60 images of four pixels in the last kernel, half of 1/240.
        RecipeFixture.AssertClose(expected, trained.Network.call(images), 2e-2);
    }

    [TestMethod]
    public void Training_gets_everything_back_and_draws_the_same_numbers()
    {
        using var trained = new Trained();
        var before = State(trained);
        Assert.IsTrue(trained.Statistics.PutIn(default));
        CollectionAssert.AreNotEqual(before, State(trained));
        trained.Statistics.PutBack();
        CollectionAssert.AreEqual(before, State(trained));

        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.IsFalse(trained.Statistics.PutIn(cancelled.Token));
        CollectionAssert.AreEqual(before, State(trained));
        Assert.IsTrue(trained.Network.Norms.All(norm => norm.Moments is null));
    }

    [TestMethod]
    public void Images_of_a_file_and_those_that_come_in_an_order_give_the_same()
    {
        using var trained = new Trained();
        trained.Statistics.PutIn(default);
        var expected = State(trained);
        trained.Statistics.PutBack();

        using var cached = ImageSets.Cached(trained.Images);
        using var ordered = new ImageSet(trained.Images.Index, new BackwardStore(trained.Images.Store));
        foreach (var set in new[] { cached, ordered })
        {
            using var batches = new BatchSource(set, Pixels, CPU);
            using var statistics = new NormStatistics(trained.Network, new(set, arange(set.Count)), batches, SmallTraining.Settings, 256);
            Assert.IsTrue(statistics.PutIn(default));
            foreach (var (left, right) in expected.Zip(State(trained)))
                Assert.AreEqual(left, right, 1e-3);
            statistics.PutBack();
        }
    }

    [TestMethod]
    [DataRow(0.0, false, false)]
    [DataRow(0.0, true, false)]
    [DataRow(0.9, true, false)]
    [DataRow(0.9, false, false)]
    [DataRow(0.0, true, true)]
    public void The_model_has_those_of_its_own_weights(double average, bool validated, bool inBFloat16)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var images = RecipeFixture.Images(40, 16, 16);
        var layout = SmallTraining.Layout;
        var settings = SmallTraining.Settings.With(recipe => (recipe.Epoch, recipe.EmaDecay, recipe.LearningRate) = (2, average, 0.2)) with
        {
            Precision = inBFloat16 ? TrainingPrecision.BFloat16 : TrainingPrecision.Float32,
            Clock = TimeProvider.System,
        };
        var all = new ImageSubset(images, arange(40));
        var trained = new TrainingSession(layout, settings, all, validated ? all : null, Pixels).Run(default);

        using var network = new TorchNetwork(layout, generator);
        network.Import(trained.Weights);
        using var batches = new BatchSource(images, Pixels, CPU);
        using var statistics = NormStatistics.For(network, layout, all, batches, settings)!;
        statistics.PutIn(default);
        var expected = network.Export();
        foreach (var name in expected.Names)
            RecipeFixture.AssertClose(expected[name].Values, trained.Weights[name].Values, inBFloat16 ? 2e-2 : 1e-4);
    }

    [TestMethod]
    [DataRow(80, 80)]
    [DataRow(256, 256)]
    [DataRow(2000, 256)]
    [DataRow(10_000, 1000)]
    [DataRow(1_000_000, 2048)]
    public void Small_sets_are_used_whole_and_large_ones_in_part(int images, int used) => Assert.AreEqual(used, NormStatistics.SampleSize(images));

    [TestMethod]
    public void Networks_without_normalisation_have_none()
    {
        using var generator = new Generator(1);
        var layout = NetworkLayout.Of(new ConvNet
        {
            Input = new TensorShape(3, 8, 8), Classes = 4, Stages = [new Stage { Blocks = [new Block { Layers = [new Convolution { Filters = 4, BatchNorm = false }] }] }],
        });
        using var network = new TorchNetwork(layout, generator);
        using var images = RecipeFixture.Images(8);
        using var batches = new BatchSource(images, Pixels, CPU);
        Assert.IsNull(NormStatistics.For(network, layout, new(images, arange(8)), batches, RecipeFixture.Settings));
    }

    [TestMethod]
    public void A_model_that_is_far_from_its_training_is_reported()
    {
        using var trained = new Trained();
        List<string> warnings = [];
        trained.Statistics.Complete(areIn: false, Epoch(0.2), warnings.Add, default);
        Assert.IsEmpty(warnings);
        trained.Statistics.Complete(areIn: true, Epoch(0.95), warnings.Add, default);
        Assert.Contains("% of 60 training images correctly, but while it was trained, in epoch 3, it was 95.0 %", warnings.Single());
    }

    [TestMethod]
    public void Images_that_can_no_longer_be_read_cost_no_model()
    {
        using var trained = new Trained();
        var before = State(trained);
        using var cached = ImageSets.Cached(trained.Images);
        using var batches = new BatchSource(cached, Pixels, CPU);
        using var statistics = new NormStatistics(trained.Network, new(cached, arange(cached.Count)), batches, SmallTraining.Settings, 256);
        cached.Dispose();
        List<string> warnings = [];
        statistics.Complete(areIn: true, Epoch(1), warnings.Add, default);
        Assert.IsEmpty(warnings);
        statistics.Complete(areIn: false, Epoch(1), warnings.Add, default);
        Assert.Contains("could not be worked out", warnings.Single());
        CollectionAssert.AreEqual(before, State(trained));
    }

    private static TrainingMetrics Epoch(double accuracy) => new()
    {
        Epoch = 3, EpochCount = 4, Batch = 1, BatchCount = 1, Loss = 1, Accuracy = accuracy, LearningRate = 0.1, ImagesPerSecond = 1, Elapsed = default, Remaining = default, IsEpochEnd = true,
    };

    /// <summary>Weights, running statistics, and the next random number of the generator.</summary>
    private static float[] State(Trained trained)
    {
        using var scope = NewDisposeScope();
        return [.. trained.Network.Weights().SelectMany(weight => weight.Tensor.Values()), .. trained.Generator.get_state().Values()];
    }

    /// <summary>A network that has learned for two steps.</summary>
    private sealed class Trained : IDisposable
    {
        private readonly DisposeScope _scope = NewDisposeScope();

        public Trained()
        {
            Images = RecipeFixture.Images(60, 16, 16);
            Network = new TorchNetwork(SmallTraining.Layout, Generator);
            Batches = new BatchSource(Images, Pixels, CPU);
            using var optimizer = Optimizers.Make(Network, SmallTraining.Settings);
            using var step = new TrainingStep(Network, optimizer, null, new Augmenter(Batches, SmallTraining.Settings, 4, Generator), SmallTraining.Settings);
            for (var i = 0; i < 2; i++)
                step.Run(arange(10 * i, 10 * (i + 1)), 1, 0.1);
            Statistics = new NormStatistics(Network, new(Images, arange(Images.Count)), Batches, SmallTraining.Settings, 256);
        }

        public Generator Generator { get; } = new(1);

        public ImageSet Images { get; }

        public TorchNetwork Network { get; }

        public BatchSource Batches { get; }

        public NormStatistics Statistics { get; }

        public void Dispose()
        {
            Statistics.Dispose();
            Batches.Dispose();
            Network.Dispose();
            Generator.Dispose();
            Images.Dispose();
            _scope.Dispose();
        }
    }

    /// <summary>Gives images from the last to the first, as a stream gives them in an order of its own.</summary>
    private sealed class BackwardStore(ImageStore source) : ImageStore
    {
        private long[] _announced = [];

        public override Tensor Order(Tensor rows, int pass) => rows.sort(descending: true).Values;

        public override void Prefetch(ImageRequest request, CancellationToken cancellation)
        {
            Assert.IsNotNull(request.Pass);
            _announced = request.Rows;
        }

        public override Tensor Fetch(Tensor rows)
        {
            var wanted = rows.data<long>().ToArray();
            CollectionAssert.AreEqual(_announced[..wanted.Length], wanted);
            _announced = _announced[wanted.Length..];
            return source.Fetch(rows);
        }

        public override void Dispose()
        {
        }
    }
}
