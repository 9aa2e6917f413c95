using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training;

[TestClass]
public class OptimizersTests
{
    // With gradients of zero only the decay is left: the weight w becomes w·(1 - rate·decay) in the first step of all optimizers.
    [TestMethod]
    [DataRow(TrainingOptimizer.Sgd, false)]
    [DataRow(TrainingOptimizer.Sgd, true)]
    [DataRow(TrainingOptimizer.AdamW, false)]
    [DataRow(TrainingOptimizer.AdamW, true)]
    [DataRow(TrainingOptimizer.Muon, false)]
    [DataRow(TrainingOptimizer.Muon, true)]
    public void Only_weights_of_convolutions_and_linear_layers_decay_unless_all_shall(TrainingOptimizer kind, bool all)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var network = RecipeFixture.Network(generator);
        var settings = RecipeFixture.Settings.With(recipe => { recipe.Optimizer = kind; recipe.Momentum = kind == TrainingOptimizer.AdamW ? 0.9 : 0; recipe.DecayNormAndBias = all; });
        var before = network.named_parameters().ToDictionary(named => named.name, named => named.parameter.Values());
        Assert.IsTrue(before.Keys.Any(name => name.EndsWith("norm.weight", StringComparison.Ordinal)));
        using var optimizer = Optimizers.Make(network, settings);
        foreach (var (_, parameter) in network.named_parameters())
            parameter.sum().mul(0).backward();
        optimizer.Step(settings.Recipe.LearningRate!.Value);
        foreach (var (name, parameter) in network.named_parameters())
        {
            var factor = all || parameter.dim() > 1 ? 1 - (settings.Recipe.LearningRate!.Value * settings.Recipe.WeightDecay) : 1;
            RecipeFixture.AssertClose([.. before[name].Select(value => (float)(factor * value))], parameter, 1e-6);
        }
    }

    // Two steps of gradient 1. Momentum μ: v = 1, then 1 + μ; Nesterov steps by 1 + μ·v, the plain form by v.
    [TestMethod]
    [DataRow(true, 1.9 + 2.71)]
    [DataRow(false, 1 + 1.9)]
    public void Momentum_is_Nesterovs_or_plain(bool nesterov, double path)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var network = RecipeFixture.Network(generator);
        using var optimizer = Optimizers.Make(network, RecipeFixture.Settings.With(recipe => { recipe.Nesterov = nesterov; recipe.WeightDecay = 0; }));
        AssertPath(network, optimizer, 0.1 * path);
    }

    // Adam's first steps with a constant gradient g go by rate·g/|g|, whatever g is.
    [TestMethod]
    public void AdamW_steps_by_the_learning_rate()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var network = RecipeFixture.Network(generator);
        using var optimizer = Optimizers.Make(network, RecipeFixture.Settings.With(recipe => { recipe.Optimizer = TrainingOptimizer.AdamW; recipe.WeightDecay = 0; }));
        AssertPath(network, optimizer, 0.2);
    }

    [TestMethod]
    public void The_learning_rate_of_the_step_reaches_every_group_of_AdamW()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var network = RecipeFixture.Network(generator);
        using var optimizer = Optimizers.Make(network, RecipeFixture.Settings.With(recipe => { recipe.Optimizer = TrainingOptimizer.AdamW; recipe.WeightDecay = 0; }));
        AssertPath(network, optimizer, 0.02, rate: 0.01);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Sgd_goes_where_TorchSharps_goes(bool nesterov) => AssertSamePath(
        parameter => new FusedSgd([([parameter], 0.01)], 0.9, nesterov),
        parameter => optim.SGD([parameter], 0.1, momentum: 0.9, nesterov: nesterov, weight_decay: 0.01));

    [TestMethod]
    public void AdamW_goes_where_TorchSharps_goes() => AssertSamePath(
        parameter => new FusedAdamW([([parameter], 0.01)], 0.9),
        parameter => optim.AdamW([parameter], 0.1, weight_decay: 0.01));

    [TestMethod]
    public void A_parameter_without_a_gradient_is_an_error()
    {
        using var scope = NewDisposeScope();
        using var optimizer = new FusedSgd([([new Parameter(ones(2))], 0)], 0.9, true);
        Assert.Contains("no gradient", Assert.ThrowsExactly<InvalidOperationException>(() => optimizer.Step(0.1)).Message);
    }

    private static void AssertSamePath(Func<Parameter, FusedOptimizer> ours, Func<Parameter, optim.Optimizer> theirs)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (one, other) = (new Parameter(randn([5, 3], generator: generator)), new Parameter(zeros(5, 3)));
        using (no_grad())
            other.copy_(one);
        using var fused = ours(one);
        using var plain = theirs(other);
        for (var step = 0; step < 5; step++)
        {
            var target = randn([5, 3], generator: generator);
            foreach (var parameter in new[] { one, other })
            {
                parameter.grad = null;
                (parameter - target).square().sum().backward();
            }
            fused.Step(0.1);
            plain.step();
        }
        RecipeFixture.AssertClose(other.Values(), one, 1e-6);
    }

    private static void AssertPath(TorchNetwork network, FusedOptimizer optimizer, double path, double rate = 0.1)
    {
        var before = network.parameters().Select(parameter => parameter.Values()).ToList();
        for (var step = 0; step < 2; step++)
        {
            network.zero_grad();
            foreach (var parameter in network.parameters())
                parameter.sum().backward();
            optimizer.Step(rate);
        }
        foreach (var (parameter, old) in network.parameters().Zip(before))
            RecipeFixture.AssertClose([.. old.Select(value => (float)(value - path))], parameter);
    }
}
