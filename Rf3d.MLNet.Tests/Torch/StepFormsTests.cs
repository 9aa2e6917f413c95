using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training;

/// <summary>The forms of a step that suit a GPU give the results of the plain ones. Run on the CPU, which can do all of them.</summary>
[TestClass]
public class StepFormsTests
{
    [TestMethod]
    [DataRow(TrainingOptimizer.Sgd, TrainingPrecision.Float32, 1e-5)]
    [DataRow(TrainingOptimizer.Sgd, TrainingPrecision.BFloat16, 1e-5)]
    [DataRow(TrainingOptimizer.AdamW, TrainingPrecision.BFloat16, 1e-3)]
    [DataRow(TrainingOptimizer.Muon, TrainingPrecision.Float32, 1e-3)]
    public void A_training_comes_to_the_same_weights(TrainingOptimizer optimizer, TrainingPrecision precision, double tolerance)
    {
        using var training = new SmallTraining { Epochs = 1 };
        // In bfloat16 a bias is one rounding more, also where it changes nothing.
        if (precision == TrainingPrecision.Float32)
            training.Network = NetworkLayout.Of(IdleBiasTests.Biased(SmallTraining.Layout.Network));
        var (plain, gpu) = (Train(StepForms.Plain), Train(StepForms.Gpu));
        IdleBiasTests.AssertSameNetwork(plain.Weights, gpu.Weights, tolerance);
        Assert.AreEqual(plain.History.Epochs[0].Loss, gpu.History.Epochs[0].Loss, 10 * tolerance);
        Assert.AreEqual(plain.History.Epochs[0].ValidationLoss!.Value, gpu.History.Epochs[0].ValidationLoss!.Value, 10 * tolerance);

        TrainedNetwork Train(StepForms forms)
        {
            training.Recipe = settings => settings.With(recipe => { recipe.Optimizer = optimizer; recipe.LearningRate = optimizer == TrainingOptimizer.AdamW ? 1e-3 : 0.05; recipe.MaxGradientNorm = 2; }) with { Precision = precision, Forms = forms };
            return training.Run(null);
        }
    }

    [TestMethod]
    public void A_training_that_pauses_resumes_with_the_same_weights()
    {
        using var folder = new TempFolder();
        using var training = new SmallTraining { Recipe = settings => settings.With(recipe => recipe.Optimizer = TrainingOptimizer.Muon) with { Precision = TrainingPrecision.BFloat16, Forms = StepForms.Gpu } };
        var whole = training.Run(null);
        var recipe = training.Recipe;
        training.Recipe = settings => recipe(settings) with { PauseAfterEpoch = 2 };
        using (var store = CheckpointStore.Open(folder.Path, _ => { }))
            training.Run(store);
        training.Recipe = recipe;
        using (var store = CheckpointStore.Open(folder.Path, _ => { }))
            SmallTraining.AssertSameWeights(whole.Weights, training.Run(store).Weights);
    }

    [TestMethod]
    [DataRow(CropPaddingMode.Reflect, true, true)]
    [DataRow(CropPaddingMode.Zero, true, true)]
    [DataRow(CropPaddingMode.Reflect, true, false)]
    [DataRow(CropPaddingMode.Reflect, false, true)]
    [DataRow(CropPaddingMode.Reflect, false, false)]
    public void Crops_that_are_looked_up_are_the_same(CropPaddingMode padding, bool crop, bool flip)
    {
        using var scope = NewDisposeScope();
        using var images = RecipeFixture.Images(24, height: 12, width: 20);
        using var resident = new ImageSet(images.Index, new DeviceImageStore(images.Store, images.Index, CPU));
        var settings = RecipeFixture.Settings.With(recipe => { recipe.RandomCrop = crop; recipe.RandomFlip = flip; recipe.Augmentation = new() { CropPaddingFraction = 0.25, CropPaddingMode = padding }; });
        var statistics = new ChannelStatistics([120, 130, 140], [60, 70, 80]);
        var rows = tensor(new long[] { 5, 23, 0, 11, 5 });
        var expected = Make(images, isIndexed: false);
        foreach (var actual in new[] { Make(images, isIndexed: true), Make(resident, isIndexed: true) })
        {
            RecipeFixture.AssertClose(expected.Images.Values(), actual.Images, 0);
            CollectionAssert.AreEqual(expected.Images.stride(), actual.Images.stride());
            CollectionAssert.AreEqual(expected.Labels.data<long>().ToArray(), actual.Labels.data<long>().ToArray());
        }

        TrainingBatch Make(ImageSet set, bool isIndexed)
        {
            using var generator = new Generator(7);
            using var source = new BatchSource(set, statistics, CPU);
            using var indexed = isIndexed ? new IndexedBatches(set, settings) : null;
            return new Augmenter(source, settings, 4, generator, indexed).Make(rows, epoch: 2);
        }
    }

    [TestMethod]
    public void Colours_come_after_crops_that_are_looked_up()
    {
        using var scope = NewDisposeScope();
        using var images = RecipeFixture.Images(24);
        var settings = RecipeFixture.Settings.With(recipe => { recipe.RandomCrop = true; recipe.RandomFlip = true; recipe.Augmentation = new() { CropPaddingFraction = 0.25, Brightness = 0.3, RotationDegrees = 20, MixUpAlpha = 0.2 }; });
        RecipeFixture.AssertClose(Make(isIndexed: false).Images.Values(), Make(isIndexed: true).Images, 1e-4);

        TrainingBatch Make(bool isIndexed)
        {
            using var generator = new Generator(7);
            using var source = new BatchSource(images, new([120, 130, 140], [60, 70, 80]), CPU);
            using var indexed = isIndexed ? new IndexedBatches(images, settings) : null;
            return new Augmenter(source, settings, 4, generator, indexed).Make(arange(16), epoch: 1);
        }
    }

    // Long, tall, in blocks of 128 and of fewer rows, several of a shape, one that has no 128ths, and all kinds that are no matrices.
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Muon_takes_the_same_steps_for_all_shapes_together(bool nesterov)
    {
        using var scope = NewDisposeScope();
        var layout = NetworkLayout.Of(new ConvNet
        {
            Name = "shapes",
            Input = new TensorShape(3, 8, 8),
            Classes = 4,
            Stages =
            [
                Stage.Repeat(Block.Convolution(32), 3),
                Stage.Repeat(Block.Bottleneck(64), 2),
                Stage.Repeat(Block.DepthwiseSeparable(40), 1),
                Stage.Repeat(Block.Convolution(192), 1),
            ],
        });
        var (apart, together) = (Train(StepForms.Plain), Train(StepForms.Gpu));
        foreach (var (name, values) in apart)
        {
            var norm = Math.Sqrt(values.Sum(value => (double)value * value));
            var distance = Math.Sqrt(values.Zip(together[name]).Sum(pair => Math.Pow(pair.First - pair.Second, 2)));
            Assert.IsLessThan(1e-3 * Math.Max(norm, 1e-3), distance, name);
        }

        Dictionary<string, float[]> Train(StepForms forms)
        {
            using var generator = new Generator(1);
            using var network = new TorchNetwork(layout, generator);
            network.UseChannelsLast();
            var settings = RecipeFixture.Settings.With(recipe => { recipe.Optimizer = TrainingOptimizer.Muon; recipe.Nesterov = nesterov; }) with { Forms = forms };
            using var optimizer = Optimizers.Make(network, settings);
            var kept = forms == StepForms.Gpu ? optimizer.KeepGradients() : null;
            for (var step = 0; step < 2; step++)
            {
                using var drawn = new Generator(5 + (ulong)step);
                using var noGradient = no_grad();
                var gradients = network.parameters().ToDictionary(
                    parameter => parameter.Handle, parameter => parameter.detach().clone().copy_(randn(parameter.shape, generator: drawn)));
                for (var i = 0; i < optimizer.Parameters.Length; i++)
                {
                    if (kept is null)
                        optimizer.Parameters[i].grad = gradients[optimizer.Parameters[i].Handle];
                    else
                        kept[i].copy_(gradients[optimizer.Parameters[i].Handle]);
                }
                optimizer.Step(0.1);
            }
            return network.named_parameters().ToDictionary(named => named.name, named => named.parameter.Values());
        }
    }

    [TestMethod]
    public void The_mean_over_pixels_leaves_a_gradient_that_is_channels_last()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var images = randn([4, 8, 8, 3], generator: generator).permute(0, 3, 1, 2);
        var (plain, gpu) = (Pass(StepForms.Plain), Pass(StepForms.Gpu));
        RecipeFixture.AssertClose(plain.Logits.Values(), gpu.Logits);
        RecipeFixture.AssertClose(plain.Gradient.Values(), gpu.Gradient);
        Assert.IsTrue(gpu.Gradient.IsChannelsLast());
        Assert.IsFalse(plain.Gradient.IsChannelsLast(), "The plain form leaves it so, too: then there is no need for the other one.");

        // The gradient of the last maps, before a convolution lays it out again.
        (Tensor Logits, Tensor Gradient) Pass(StepForms forms)
        {
            using var weights = new Generator(2);
            using var network = RecipeFixture.Network(weights);
            network.UseChannelsLast();
            network.UseForms(forms);
            Tensor? maps = null;
            network.modules().OfType<BlockModule>().Single().register_forward_hook((_, _, output) => maps = output);
            var logits = network.call(images);
            return (logits, autograd.grad([logits.sum()], [maps!])[0]);
        }
    }
}
