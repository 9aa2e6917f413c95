using Rf3d.MLNet.Tests.Torch;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training;

/// <summary>A training that runs needs neither more memory with every step, nor managed memory for every image.</summary>
[TestClass]
public class SteadyStateTests
{
    private const int Steps = 3000;
    private const int Batch = 8;

    [TestMethod]
    [DataRow(TrainingPrecision.Float32)]
    [DataRow(TrainingPrecision.BFloat16)]
    public void Native_memory_is_flat_over_three_thousand_steps(TrainingPrecision precision)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var images = RecipeFixture.Images(10 * Batch);
        var settings = RecipeFixture.Settings.With(recipe => { recipe.BatchSize = Batch; recipe.Epoch = Steps / 10; recipe.Optimizer = TrainingOptimizer.Muon; recipe.EmaDecay = 0.99; recipe.MaxGradientNorm = 1; recipe.Reparameterization = true; }) with { Precision = precision };
        var tensors = new List<long>();
        var bytes = new List<long?>();
        new TrainingSession(Layout(), settings, new(images, arange(images.Count)), null, new([128, 128, 128], [64, 64, 64]))
        {
            Report = metrics =>
            {
                // Each count collects the garbage of all tests: not after every epoch of ten steps.
                if (!metrics.IsEpochEnd || metrics.Epoch % 10 != 0)
                    return;
                tensors.Add(LiveTensors.Count());
                bytes.Add(NativeHeap.BytesInUseAfterCollection());
            },
        }.Run(default);
        Assert.HasCount(Steps / 100, tensors);
        // The first tenth warms up: libtorch's caches, the runtime's compiled code.
        var settled = tensors.Skip(tensors.Count / 10).ToList();
        Assert.AreEqual(settled[0], settled[^1], $"Tensors alive every tenth epoch: {string.Join(", ", settled.Distinct())}.");
        if (bytes[0] is null)
            return;
        // 3,000 steps allocate and free some gigabytes. The runtime's compiler takes megabytes now and then, and returns them: the least of a third has none of that.
        var third = (bytes.Count - (bytes.Count / 10)) / 3;
        var (early, late) = (bytes.Skip(bytes.Count / 10).Take(third).Min(), bytes.TakeLast(third).Min());
        Assert.IsLessThan(4_000_000, late!.Value - early!.Value, "Native bytes that 1,800 steps left.");
    }

    // TorchSharp's wrappers of tensors are managed: so many a step, whatever the batch.
    [TestMethod]
    public void Managed_memory_for_a_step_does_not_grow_with_its_images()
    {
        var (small, large) = (BytesForAStep(8), BytesForAStep(128));
        Assert.IsLessThan(small * 1.05, large, $"Bytes for a step: {small} with 8 images, {large} with 128.");
    }

    private static double BytesForAStep(int batch)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var network = new TorchNetwork(Layout(), generator);
        using var images = RecipeFixture.Images(256);
        var settings = RecipeFixture.Settings.With(recipe => { recipe.RandomCrop = true; recipe.RandomFlip = true; });
        using var optimizer = Optimizers.Make(network, settings);
        using var batches = new BatchSource(images, new([128, 128, 128], [64, 64, 64]), CPU);
        using var step = new TrainingStep(network, optimizer, null, new Augmenter(batches, settings, 4, generator), settings);
        Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        const int Count = 20;
        for (var i = 0; i < Count; i++)
            Run();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Count;

        void Run()
        {
            using var inner = NewDisposeScope();
            step.Run(randint(0, 256, [batch], generator: generator), 1, 0.01);
        }
    }

    private static NetworkLayout Layout() => NetworkLayout.Of(new ConvNet
    {
        Name = "small",
        Input = new TensorShape(3, 8, 8),
        Classes = 4,
        Stages = [Stage.Repeat(Block.Convolution(8), 1, new MaxPool(2, 2)), Stage.Repeat(Block.DepthwiseSeparable(16), 1)],
    });
}
