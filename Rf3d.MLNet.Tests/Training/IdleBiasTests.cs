using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training;

/// <summary>A bias before a batch normalisation, taken into the running mean: nothing that is computed changes.</summary>
[TestClass]
public class IdleBiasTests
{
    // Convolutions, in a residual block, too, depthwise and rolling ones; one with a bias and no normalisation.
    private static readonly NetworkLayout Layout = NetworkLayout.Of(Biased(new ConvNet
    {
        Name = "biased",
        Input = new TensorShape(3, 8, 8),
        Classes = 4,
        Stages =
        [
            Stage.Repeat(Block.Convolution(8), 2),
            Stage.Repeat(Block.Basic(16, stride: 2), 1),
            Stage.Repeat(Block.DepthwiseSeparable(16), 1),
            Stage.Repeat(new Block { Layers = [new RollingPointwiseConvolution { Filters = 16, Groups = 2, Overlap = 0.5 }, new Convolution { Filters = 8, BatchNorm = false }] }, 1),
        ],
    }));

    /// <summary>A network whose kernels all have a bias, as VGG's do.</summary>
    internal static ConvNet Biased(ConvNet network)
    {
        return network with { Stages = [.. network.Stages.Select(stage => stage with { Blocks = [.. stage.Blocks.Select(WithBiases)] })] };

        static Block WithBiases(Block block) => block with { Layers = [.. block.Layers.Select(layer => layer is ConvLayer weighted ? weighted with { Bias = true } : layer)] };
    }

    /// <summary>The weights are the same, but for biases that are taken into the means that normalisations subtract.</summary>
    internal static void AssertSameNetwork(WeightTable plain, WeightTable gpu, double tolerance)
    {
        CollectionAssert.AreEqual(plain.Names.ToList(), gpu.Names.ToList());
        foreach (var name in plain.Names.Where(name => !IsIdle(plain, name)))
            RecipeFixture.AssertClose(Values(plain, name), Values(gpu, name), tolerance);

        static float[] Values(WeightTable table, string name)
        {
            var values = table[name].Values;
            return name.EndsWith(WeightTable.NormMean, StringComparison.Ordinal) && table.Find(name.Replace(WeightTable.NormMean, WeightTable.Bias)) is { } bias
                ? [.. values.Zip(bias.Values, (mean, shift) => mean - shift)]
                : values;
        }
    }

    [TestMethod]
    public void Scores_stay_the_same_in_TorchSharp_and_in_the_saved_model()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = Network();
        network.eval();
        using var generator = new Generator(4);
        var images = randn([5, 3, 8, 8], generator: generator);
        var (before, scores, plain) = (network.Export(), network.call(images).Values(), SavedScores(network));
        network.UseForms(StepForms.Gpu);
        var after = network.Export();
        RecipeFixture.AssertClose(scores, network.call(images));
        RecipeFixture.AssertClose(plain, SavedScores(network));
        CollectionAssert.AreEqual(before.Names.ToList(), after.Names.ToList());
        Assert.HasCount(7, before.Names.Where(name => IsIdle(before, name)));
        foreach (var name in before.Names.Where(name => name.EndsWith(WeightTable.Bias, StringComparison.Ordinal)))
            Assert.AreEqual(IsIdle(before, name), after[name].Values.All(value => value == 0), name);
        AssertSameNetwork(before, after, 1e-6);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_step_changes_all_other_weights_as_much(bool decaysAll)
    {
        var (plain, gpu) = (Learn(StepForms.Plain), Learn(StepForms.Gpu));
        if (!decaysAll)
            AssertSameNetwork(plain, gpu, 1e-5);
        foreach (var name in plain.Names.Where(name => IsIdle(plain, name)))
            Assert.IsTrue(gpu[name].Values.All(value => value == 0), name);

        WeightTable Learn(StepForms forms)
        {
            using var scope = NewDisposeScope();
            using var network = Network();
            var settings = RecipeFixture.Settings.With(recipe => { recipe.Optimizer = TrainingOptimizer.Sgd; recipe.DecayNormAndBias = decaysAll; }) with { Forms = forms };
            network.UseChannelsLast();
            network.UseForms(forms);
            network.train();
            using var optimizer = Optimizers.Make(network, settings);
            using var gradients = new StepGradients(network, optimizer, forms);
            using var generator = new Generator(4);
            var images = randn([8, 8, 8, 3], generator: generator).permute(0, 3, 1, 2);
            gradients.Prepare();
            gradients.Collect(nn.functional.cross_entropy(network.call(images), arange(8).remainder(4)));
            optimizer.Step(0.05);
            return network.Export();
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_training_resumes_on_another_device(bool beginsOnGpu)
    {
        var (begun, ended) = beginsOnGpu ? (StepForms.Gpu, StepForms.Plain) : (StepForms.Plain, StepForms.Gpu);
        using var folder = new TempFolder();
        using var training = new SmallTraining { Network = NetworkLayout.Of(Biased(SmallTraining.Layout.Network)) };
        var whole = Run(StepForms.Plain, null, null);
        using (var store = CheckpointStore.Open(folder.Path, _ => { }))
            Run(begun, 2, store);
        using (var store = CheckpointStore.Open(folder.Path, _ => { }))
            AssertSameNetwork(whole.Weights, Run(ended, null, store).Weights, 1e-3);

        TrainedNetwork Run(StepForms forms, int? pause, CheckpointStore? store)
        {
            training.Recipe = settings => settings.With(recipe => { recipe.Optimizer = TrainingOptimizer.Sgd; recipe.EmaDecay = 0.9; }) with { PauseAfterEpoch = pause, Forms = forms };
            return training.Run(store);
        }
    }

    private static bool IsIdle(WeightTable table, string name) =>
        name.EndsWith(WeightTable.Bias, StringComparison.Ordinal) && table.Find(name[..^WeightTable.Bias.Length] + WeightTable.NormMean) is not null;

    /// <summary>All of its numbers are drawn, variances above zero.</summary>
    private static TorchNetwork Network()
    {
        using var noGradient = no_grad();
        using var generator = new Generator(2);
        var network = new TorchNetwork(Layout, generator);
        foreach (var (name, tensor) in network.Weights().Where(entry => entry.Tensor.dim() == 1))
            tensor.copy_(name.EndsWith(WeightTable.NormVariance, StringComparison.Ordinal) || name.EndsWith(WeightTable.NormScale, StringComparison.Ordinal)
                ? rand(tensor.shape, generator: generator) + 0.5
                : randn(tensor.shape, generator: generator));
        return network;
    }

    /// <summary>By the .onnx file, and the features by the graph that a .zip holds, whose layer to the classes is not a convolution.</summary>
    private static float[] SavedScores(TorchNetwork network)
    {
        var (weights, statistics) = (network.Export(), new ChannelStatistics([0, 0, 0], [1, 1, 1]));
        return
        [
            .. Run(OnnxWriter.Classifier(Layout, weights, statistics, [], mirror: false), OnnxWriter.ImageInput, OnnxWriter.LogitsOutput, images: 2),
            .. Run(OnnxWriter.Backbone(Layout, weights, statistics, "pixels", "features", mirror: false), "pixels", "features", images: 1),
        ];
    }

    private static float[] Run(byte[] model, string input, string output, int images)
    {
        using var session = new InferenceSession(model);
        var pixels = Enumerable.Range(0, images * 3 * 64).Select(i => (float)Math.Sin(i)).ToArray();
        using var results = session.Run([NamedOnnxValue.CreateFromTensor(input, new DenseTensor<float>(pixels, [images, 3, 8, 8]))]);
        return [.. results.First(result => result.Name == output).AsTensor<float>()];
    }
}
