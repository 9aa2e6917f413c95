using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training;

[TestClass]
public class OptimizersTests
{
    // With gradients of zero only the decay is left: the weight w becomes w·(1 - rate·decay) in the first step of both optimizers.
    [TestMethod]
    [DataRow(Optimizer.Sgd, false)]
    [DataRow(Optimizer.Sgd, true)]
    [DataRow(Optimizer.AdamW, false)]
    [DataRow(Optimizer.AdamW, true)]
    public void Only_weights_of_convolutions_and_linear_layers_decay_unless_all_shall(Optimizer kind, bool all)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var network = RecipeFixture.Network(generator);
        var settings = RecipeFixture.Settings with { Optimizer = kind, Momentum = kind == Optimizer.Sgd ? 0 : 0.9, DecayAllParameters = all };
        var before = network.named_parameters().ToDictionary(named => named.name, named => named.parameter.Values());
        Assert.IsTrue(before.Keys.Any(name => name.EndsWith("norm.weight", StringComparison.Ordinal)));
        using var optimizer = Optimizers.Make(network, settings);
        foreach (var (_, parameter) in network.named_parameters())
            parameter.sum().mul(0).backward();
        optimizer.step();
        foreach (var (name, parameter) in network.named_parameters())
        {
            var factor = all || parameter.dim() > 1 ? 1 - (settings.LearningRate * settings.WeightDecay) : 1;
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
        using var optimizer = Optimizers.Make(network, RecipeFixture.Settings with { Nesterov = nesterov, WeightDecay = 0 });
        AssertPath(network, optimizer, 0.1 * path);
    }

    // Adam's first steps with a constant gradient g go by rate·g/|g|, whatever g is.
    [TestMethod]
    public void AdamW_steps_by_the_learning_rate()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var network = RecipeFixture.Network(generator);
        using var optimizer = Optimizers.Make(network, RecipeFixture.Settings with { Optimizer = Optimizer.AdamW, WeightDecay = 0 });
        AssertPath(network, optimizer, 0.2);
    }

    [TestMethod]
    public void The_schedule_reaches_every_group_of_AdamW()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var network = RecipeFixture.Network(generator);
        using var optimizer = Optimizers.Make(network, RecipeFixture.Settings with { Optimizer = Optimizer.AdamW, WeightDecay = 0 });
        foreach (var group in optimizer.ParamGroups)
            group.LearningRate = 0.01;
        AssertPath(network, optimizer, 0.02);
    }

    private static void AssertPath(TorchNetwork network, optim.Optimizer optimizer, double path)
    {
        var before = network.parameters().Select(parameter => parameter.Values()).ToList();
        for (var step = 0; step < 2; step++)
        {
            network.zero_grad();
            foreach (var parameter in network.parameters())
                parameter.sum().backward();
            optimizer.step();
        }
        foreach (var (parameter, old) in network.parameters().Zip(before))
            RecipeFixture.AssertClose([.. old.Select(value => (float)(value - path))], parameter);
    }
}
