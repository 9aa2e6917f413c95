using Rf3d.Planning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training;

[TestClass]
public class MuonTests
{
    private const double Rate = 0.1;

    // The iteration's polynomial, five times, takes singular values from 0.01 on to between 0.68 and 1.14.
    private const double Least = 0.68, Most = 1.14;

    [TestMethod]
    [DataRow(6, 6, 1, 1.0)]
    [DataRow(4, 16, 1, 1.0)]
    [DataRow(4, 3, 3, 1.0)]
    [DataRow(16, 4, 1, 2.0)]
    public void A_step_goes_the_same_way_in_every_direction_of_the_gradient(int outputs, int inputs, int size, double scale)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var gradient = randn([outputs, inputs, size, size], generator: generator);
        var step = FirstStep(gradient, TrainingPrecision.Float32).flatten(1).div(-0.3 * Rate * scale);
        var (u, _, vh) = linalg.svd(gradient.flatten(1), fullMatrices: false);
        // In the gradient's own directions the step is a diagonal matrix.
        var within = u.t().matmul(step).matmul(vh.t());
        var along = within.diag().Values();
        foreach (var value in along)
            Assert.IsTrue(value is > (float)Least and < (float)Most, $"singular values {string.Join(", ", along)}");
        RecipeFixture.AssertClose(new float[within.NumberOfElements], within.sub(within.diag().diag()), 1e-4);
    }

    [TestMethod]
    public void The_length_of_the_gradient_does_not_matter()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var gradient = randn([6, 4, 1, 1], generator: generator);
        RecipeFixture.AssertClose(FirstStep(gradient, TrainingPrecision.Float32).Values(), FirstStep(gradient.mul(1e-3), TrainingPrecision.Float32), 1e-5);
    }

    [TestMethod]
    public void In_bfloat16_the_step_is_nearly_the_same()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var gradient = randn([32, 64, 1, 1], generator: generator);
        var (exact, rounded) = (FirstStep(gradient, TrainingPrecision.Float32), FirstStep(gradient, TrainingPrecision.BFloat16));
        Assert.IsLessThan(0.05, rounded.sub(exact).norm().item<float>() / exact.norm().item<float>());
        Assert.AreNotEqual(0, rounded.sub(exact).abs().max().item<float>());
    }

    // A matrix twice as long as wide, or longer, goes by its Gram matrix, which squares its singular values. Held to the definition, in double precision.
    [TestMethod]
    [DataRow(32, 256, 32)]
    [DataRow(256, 32, 32)]
    [DataRow(32, 64, 32)]
    [DataRow(32, 256, 1)]
    public void By_its_gram_matrix_a_long_matrix_takes_the_same_step(int outputs, int inputs, int rank)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        // Singular values over four decades, as gradients have them.
        var strengths = pow(10, linspace(0, -4, rank));
        var gradient = randn([outputs, rank], generator: generator).mul(strengths).matmul(randn([rank, inputs], generator: generator)).view(outputs, inputs, 1, 1);
        var exact = FirstStep(gradient, TrainingPrecision.Float32);
        var x = (outputs > inputs ? gradient.flatten(1).t() : gradient.flatten(1)).to(ScalarType.Float64);
        x = x.div(x.norm());
        for (var i = 0; i < 5; i++)
        {
            var square = x.matmul(x.t());
            x = x.mul(3.4445).add(square.mul(-4.7750).add(square.matmul(square).mul(2.0315)).matmul(x));
        }
        var expected = (outputs > inputs ? x.t() : x).mul(-0.3 * Rate * Math.Sqrt(Math.Max(1, (double)outputs / inputs)));
        Assert.IsLessThan(1e-3, exact.flatten(1).sub(expected).norm().ToDouble() / expected.norm().ToDouble());
    }

    // Rows beyond 128 form blocks, of outputs in a long matrix and of inputs in a tall one, and each is made orthogonal by itself.
    [TestMethod]
    [DataRow(256, 256, TrainingPrecision.Float32)]
    [DataRow(256, 256, TrainingPrecision.BFloat16)]
    [DataRow(192, 768, TrainingPrecision.Float32)]
    [DataRow(768, 192, TrainingPrecision.Float32)]
    public void Blocks_of_a_large_matrix_are_matrices_of_their_own(int outputs, int inputs, TrainingPrecision precision)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var gradient = randn([outputs, inputs, 1, 1], generator: generator);
        var (side, blocks) = outputs > inputs ? (1, inputs / 96) : (0, outputs % 128 == 0 ? outputs / 128 : outputs / 96);
        var step = FirstStep(gradient, precision);
        foreach (var (part, ofStep) in gradient.chunk(blocks, side).Zip(step.chunk(blocks, side)))
        {
            // Alone, a part has its own shape's step: √(outputs / inputs), which the whole's shape decides here.
            var alone = FirstStep(part.contiguous(), precision).div(Math.Sqrt(Math.Max(1, (double)part.shape[0] / part.shape[1])));
            var expected = alone.mul(Math.Sqrt(Math.Max(1, (double)outputs / inputs)));
            RecipeFixture.AssertClose(expected.Values(), ofStep.contiguous(), precision == TrainingPrecision.Float32 ? 1e-6 : 1e-4);
        }
    }

    [TestMethod]
    [DataRow(27, 27)]
    [DataRow(128, 128)]
    [DataRow(160, 80)]
    [DataRow(192, 96)]
    [DataRow(512, 128)]
    [DataRow(1280, 128)]
    [DataRow(262, 262)]
    [DataRow(257, 257)]
    public void A_block_has_128_rows_or_the_next_smaller_divisor(int rows, int expected) => Assert.AreEqual(expected, FusedMuon.RowsOfBlock(rows));

    [TestMethod]
    [DataRow(8, 8)]
    [DataRow(8, 64)]
    public void Without_a_gradient_nothing_moves(int outputs, int inputs)
    {
        using var scope = NewDisposeScope();
        RecipeFixture.AssertClose(new float[outputs * inputs], FirstStep(zeros(outputs, inputs, 1, 1), TrainingPrecision.Float32), 0);
    }

    [TestMethod]
    public void Matrices_of_one_shape_have_steps_of_their_own()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var gradients = Enumerable.Range(0, 3).Select(_ => randn([6, 4, 1, 1], generator: generator)).ToArray();
        var together = gradients.Select(gradient => new Parameter(zeros_like(gradient))).ToArray();
        using var optimizer = new FusedMuon([(together, 0)], _ => true, null, 0.9, true, TrainingPrecision.Float32);
        foreach (var (parameter, gradient) in together.Zip(gradients))
            parameter.grad = gradient;
        optimizer.Step(Rate);
        foreach (var (parameter, gradient) in together.Zip(gradients))
            RecipeFixture.AssertClose(FirstStep(gradient, TrainingPrecision.Float32, 0.9).Values(), parameter);
    }

    // Two steps along gradients A, then B: the second goes along momentum·A + B, or with Nesterov's form along B + momentum·(momentum·A + B).
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void It_is_the_momentum_that_is_followed(bool nesterov)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (a, b) = (randn([6, 4, 1, 1], generator: generator), randn([6, 4, 1, 1], generator: generator));
        var parameter = new Parameter(zeros_like(a));
        using var optimizer = new FusedMuon([([parameter], 0)], _ => true, null, 0.5, nesterov, TrainingPrecision.Float32);
        parameter.grad = a;
        optimizer.Step(Rate);
        var first = parameter.detach().clone();
        parameter.grad = b;
        optimizer.Step(Rate);
        var momentum = a.mul(0.5).add(b);
        RecipeFixture.AssertClose(FirstStep(nesterov ? momentum.mul(0.5).add(b) : momentum, TrainingPrecision.Float32).Values(), parameter.sub(first));
    }

    [TestMethod]
    public void Channels_last_weights_take_the_same_step()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var gradient = randn([4, 3, 3, 3], generator: generator);
        var parameter = new Parameter(zeros(4, 3, 3, 3).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2));
        using var optimizer = new FusedMuon([([parameter], 0)], _ => true, null, 0, false, TrainingPrecision.Float32);
        parameter.grad = gradient.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        optimizer.Step(Rate);
        RecipeFixture.AssertClose(FirstStep(gradient, TrainingPrecision.Float32).Values(), parameter);
    }

    [TestMethod]
    public void All_but_kernels_that_see_all_channels_goes_as_by_Sgd()
    {
        using var scope = NewDisposeScope();
        var layout = NetworkLayout.Of(new ConvNet
        {
            Name = "kinds",
            Input = new TensorShape(3, 8, 8),
            Classes = 4,
            Stages =
            [
                Stage.Repeat(Block.Convolution(16), 1),
                Stage.Repeat(Block.DepthwiseSeparable(16), 1),
                Stage.Repeat(Block.DepthwiseGrouped(16, 4), 1),
                Stage.Repeat(Block.DepthwiseRolling(16), 1),
            ],
        });
        var (sgd, muon) = (Step(TrainingOptimizer.Sgd), Step(TrainingOptimizer.Muon));
        var different = sgd.Keys.Where(name => !sgd[name].AsSpan().SequenceEqual(muon[name])).ToList();
        CollectionAssert.AreEqual(new[] { "blocks.0.layers.0.weight", "blocks.1.layers.1.weight" }, different);

        Dictionary<string, float[]> Step(TrainingOptimizer kind)
        {
            using var generator = new Generator(1);
            using var network = new TorchNetwork(layout, generator);
            using var optimizer = Optimizers.Make(network, RecipeFixture.Settings.With(recipe => recipe.Optimizer = kind));
            foreach (var parameter in network.parameters())
                parameter.square().sum().backward();
            optimizer.Step(Rate);
            return network.named_parameters().ToDictionary(named => named.name, named => named.parameter.Values());
        }
    }

    // A step along the gradient of a logit changes it by rate · |features|², which is to be no more than it is for 256 of them.
    [TestMethod]
    [DataRow(64, 64)]
    [DataRow(256, 256)]
    [DataRow(1024, 256)]
    public void A_step_changes_the_logits_of_many_features_no_more_than_those_of_256(int features, int change)
    {
        using var scope = NewDisposeScope();
        using var network = new TorchNetwork(
            NetworkLayout.Of(new ConvNet
            {
                Name = "wide",
                Input = new TensorShape(3, 8, 8),
                Classes = 2,
                Stages = [Stage.Repeat(new Block { Layers = [new DepthwiseConvolution { Size = 3 }] }, 1)],
                Head = new Head { HiddenLayers = [512, features] },
            }),
            new Generator(1));
        using var optimizer = Optimizers.Make(
            network, RecipeFixture.Settings.With(recipe => { recipe.Optimizer = TrainingOptimizer.Muon; recipe.Momentum = 0; recipe.WeightDecay = 0; }));
        var before = network.named_parameters().ToDictionary(named => named.name, named => named.parameter.detach().clone());
        foreach (var parameter in network.parameters())
            parameter.grad = ones_like(parameter);
        optimizer.Step(Rate);
        var steps = network.named_parameters().ToDictionary(named => named.name, named => named.parameter.sub(before[named.name]));
        RecipeFixture.AssertClose([(float)(-Rate * change), (float)(-Rate * change)], steps["linears.2.weight"].sum(1), 1e-3);
        // Hidden layers, and all else that is no matrix, learn at the whole rate.
        foreach (var (name, step) in steps.Where(step => step.Key != "linears.2.weight"))
            Assert.AreEqual(-Rate, step.mean().item<float>(), 1e-5, name);
    }

    private static Tensor FirstStep(Tensor gradient, TrainingPrecision precision, double momentum = 0)
    {
        var parameter = new Parameter(zeros_like(gradient));
        using var optimizer = new FusedMuon([([parameter], 0)], _ => true, null, momentum, momentum > 0, precision);
        parameter.grad = gradient;
        optimizer.Step(Rate);
        return parameter.detach();
    }
}
