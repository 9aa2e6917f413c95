using Rf3d.MLNet.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Audit;

/// <summary>Thumbnails, sharpness, pairs and neighbours.</summary>
[TestClass]
public class ImageNeighboursTests
{
    private const int Side = 48;

    /// <summary>Squares of random colours, [n, 48, 48, 3], floats from 0 to 255.</summary>
    private static Tensor Squares(int count, int seed = 1)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var colours = rand([count, 3, 8, 8], generator: generator).mul(255);
        return colours.view(count, 3, 8, 1, 8, 1).expand(count, 3, 8, Side / 8, 8, Side / 8).reshape(count, 3, Side, Side).permute(0, 2, 3, 1).contiguous().MoveToOuterDisposeScope();
    }

    private static PixelMeasures Measure(Tensor pixels)
    {
        var measures = new PixelMeasures(pixels.shape[0]);
        using var places = arange(pixels.shape[0]);
        measures.Add(places, pixels);
        return measures;
    }

    [TestMethod]
    public void Copies_that_are_mirrored_darker_or_noisy_are_found_and_others_are_not()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var squares = Squares(30);
        var pixels = cat([squares, squares.narrow(0, 3, 1).flip(2), squares.narrow(0, 4, 1).mul(0.7), squares.narrow(0, 5, 1).add(randn([1, Side, Side, 3], generator: generator).mul(10))]);
        using var measures = Measure(pixels);
        // Features that agree where the pictures do.
        var drawn = randn([30, 16], generator: generator);
        var features = cat([drawn, drawn.narrow(0, 3, 3).add(0.05)]);
        var (pairs, distances) = new ImageNeighbours { Neighbours = 3 }.Run(features, measures.Thumbnails, new long[33], CPU, default);
        CollectionAssert.AreEqual(new[] { (3, 30), (4, 31), (5, 32) }, pairs.Select(pair => (pair.First, pair.Second)).ToArray());
        Assert.IsTrue(pairs.TrueForAll(pair => pair.Similarity is > 0.9 and < 1));
        Assert.HasCount(33, distances);
        // Pictures that agree show the same only if the network thinks so, too.
        var others = cat([drawn, drawn.narrow(0, 10, 3)]);
        Assert.IsEmpty(new ImageNeighbours().Run(others, measures.Thumbnails, new long[33], CPU, default).Pairs);
    }

    /// <summary>Pictures of one kind before one background, whose features vary in two directions only: many have a cosine and a correlation that only duplicates have among photographs.</summary>
    [TestMethod]
    public void Where_images_of_a_class_are_all_similar_duplicates_are_those_that_are_much_more_so()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var scenes = Squares(1).mul(0.9).add(Squares(60, seed: 2).mul(0.1));
        var pixels = cat([scenes, scenes.narrow(0, 7, 1).add(randn([1, Side, Side, 3], generator: generator).mul(2)), scenes.narrow(0, 8, 1).flip(2)]);
        using var measures = Measure(pixels);
        var drawn = randn([60, 2], generator: generator);
        var features = cat([drawn, drawn.narrow(0, 7, 2).add(0.005)]);
        var labels = Enumerable.Range(0, 62).Select(i => i % 60 % 2L).ToArray();
        var (pairs, _) = new ImageNeighbours().Run(features, measures.Thumbnails, labels, CPU, default);
        CollectionAssert.AreEqual(new[] { (7, 60), (8, 61) }, pairs.Select(pair => (pair.First, pair.Second)).ToArray());
        // Without classes to compare with, most images are duplicates.
        var (all, _) = new ImageNeighbours().Run(features, measures.Thumbnails, [.. Enumerable.Range(0, 62).Select(i => (long)i)], CPU, default);
        Assert.IsGreaterThan(100, all.Count);
    }

    [TestMethod]
    public void Images_in_which_hardly_anything_shows_are_not_taken_for_each_other()
    {
        using var scope = NewDisposeScope();
        var slope = arange(Side).to(ScalarType.Float32).mul(6.0 / Side).add(120).view(1, 1, Side, 1);
        using var measures = Measure(slope.expand(4, Side, Side, 3).contiguous());
        Assert.AreEqual(0f, measures.Thumbnails.abs().sum().item<float>());
        Assert.IsEmpty(new ImageNeighbours().Run(ones(4, 5), measures.Thumbnails, new long[4], CPU, default).Pairs);
    }

    [TestMethod]
    public void Distances_are_those_to_the_nearest_other_images()
    {
        using var scope = NewDisposeScope();
        // Two directions and their opposites have a mean of 0: cosines are those of the vectors themselves.
        var features = tensor(new float[,] { { 1, 0 }, { 2, 0 }, { -1, 0 }, { -2, 0 }, { 0, 3 }, { 0, -3 } });
        var (_, distances) = new ImageNeighbours { Neighbours = 1 }.Run(features, zeros(6, 768), new long[6], CPU, default);
        CollectionAssert.AreEqual(new[] { 0.0, 0, 0, 0, 1, 1 }, distances.Select(distance => Math.Round(distance, 6)).ToArray());
        Assert.IsTrue(double.IsNaN(new ImageNeighbours().Run(ones(1, 2), zeros(1, 768), new long[1], CPU, default).Distances[0]));
    }

    [TestMethod]
    public void Small_blocks_find_the_same_as_large_ones()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var squares = Squares(30);
        using var measures = Measure(cat([squares, squares.narrow(0, 3, 2)]));
        var drawn = randn([30, 16], generator: generator);
        var features = cat([drawn, drawn.narrow(0, 3, 2).add(0.05)]);
        var (pairs, distances) = Run(1L << 28);
        CollectionAssert.AreEqual(new[] { (3, 30), (4, 31) }, pairs.Select(pair => (pair.First, pair.Second)).ToArray());
        // Blocks of one image, and of five.
        foreach (var bytes in new[] { 1L, 32 * 32 * 5 })
        {
            var (found, measured) = Run(bytes);
            CollectionAssert.AreEqual(pairs.Select(pair => (pair.First, pair.Second)).ToArray(), found.Select(pair => (pair.First, pair.Second)).ToArray());
            CollectionAssert.AreEqual(distances.Select(Rounded).ToArray(), measured.Select(Rounded).ToArray());
        }

        (List<ImagePair> Pairs, double[] Distances) Run(long bytesOfBlock) => new ImageNeighbours { BytesOfBlock = bytesOfBlock }.Run(features, measures.Thumbnails, new long[32], CPU, default);

        static double Rounded(double distance) => Math.Round(distance, 4);
    }

    [TestMethod]
    public void A_comparison_takes_the_memory_of_a_block_however_many_images_there_are()
    {
        const int Count = 2_000;
        const long Block = 1L << 20;
        using var scope = NewDisposeScope();
        var (features, thumbnails) = (ones(Count, 4), zeros(Count, 768));
        // libtorch keeps some memory of its first operations.
        Run(_ => { });
        if (NativeHeap.BytesInUse() is not { } before)
        {
            Assert.Inconclusive("The system's allocator does not say how much is in use.");
            return;
        }
        List<long> taken = [];
        Run(_ =>
        {
            if (taken.Count < 4)
                taken.Add(NativeHeap.BytesInUse()!.Value - before);
        });
        // 512 rows of pairs would be 20 MB and more.
        Assert.IsLessThan(8 * Block, taken.Max());

        void Run(Action<long> report) => new ImageNeighbours { BytesOfBlock = Block, Report = report }.Run(features, thumbnails, new long[Count], CPU, default);
    }

    [TestMethod]
    public void Blur_lowers_sharpness_and_contrast_does_not()
    {
        using var scope = NewDisposeScope();
        var squares = Squares(1);
        var wave = arange(Side).to(ScalarType.Float32).mul(2 * Math.PI / Side).sin();
        var smooth = wave.view(1, Side, 1, 1).mul(wave.view(1, 1, Side, 1)).mul(100).add(128).expand(1, Side, Side, 3).contiguous();
        using var measures = Measure(cat([squares, squares.mul(0.5), smooth]));
        Assert.AreEqual(measures.Sharpness[0], measures.Sharpness[1], 0.01 * measures.Sharpness[0]);
        Assert.IsLessThan(measures.Sharpness[0] / 2, measures.Sharpness[2]);
    }

    [TestMethod]
    public void Nothing_is_left_behind_and_a_cancelled_comparison_ends()
    {
        using var scope = NewDisposeScope();
        using var pixels = Squares(5);
        using var features = ones(5, 4);
        Run();
        var before = LiveTensors.Count();
        Run();
        Assert.AreEqual(before, LiveTensors.Count());

        void Run()
        {
            using var measures = Measure(pixels);
            new ImageNeighbours().Run(features, measures.Thumbnails, new long[5], CPU, default);
            Assert.ThrowsExactly<OperationCanceledException>(() => new ImageNeighbours().Run(features, measures.Thumbnails, new long[5], CPU, new CancellationToken(canceled: true)));
        }
    }
}
