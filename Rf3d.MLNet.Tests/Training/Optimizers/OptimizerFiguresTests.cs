using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training;

/// <summary>The figures of the recipe reach every parameter: those of convolutions, of normalisations, and of the last layer.</summary>
[TestClass]
public class OptimizerFiguresTests
{
    private static readonly NetworkLayout Layout = NetworkLayout.Of(new ConvNet
    {
        Name = "small",
        Input = new TensorShape(3, 8, 8),
        Classes = 4,
        Stages = [Stage.Repeat(Block.Convolution(16), 2), Stage.Repeat(Block.DepthwiseSeparable(24), 1)],
    });

    [TestMethod]
    [DataRow(TrainingOptimizer.Sgd, false)]
    [DataRow(TrainingOptimizer.AdamW, false)]
    [DataRow(TrainingOptimizer.Muon, false)]
    [DataRow(TrainingOptimizer.Muon, true)]
    public void Momentum_does(TrainingOptimizer optimizer, bool isGpuForm)
    {
        var (one, other) = (Steps(optimizer, isGpuForm, recipe => recipe.Momentum = 0.3), Steps(optimizer, isGpuForm, recipe => recipe.Momentum = 0.7));
        foreach (var (name, values) in one)
            Assert.IsGreaterThan(1e-6, Difference(values, other[name]), name);
    }

    [TestMethod]
    [DataRow(TrainingOptimizer.Sgd, false)]
    [DataRow(TrainingOptimizer.Muon, false)]
    [DataRow(TrainingOptimizer.Muon, true)]
    public void Nesterovs_form_does(TrainingOptimizer optimizer, bool isGpuForm)
    {
        var (one, other) = (Steps(optimizer, isGpuForm, recipe => recipe.Nesterov = false), Steps(optimizer, isGpuForm, recipe => recipe.Nesterov = true));
        foreach (var (name, values) in one)
            Assert.IsGreaterThan(1e-6, Difference(values, other[name]), name);
    }

    [TestMethod]
    public void Muon_takes_the_same_steps_in_both_forms_whatever_the_momentum()
    {
        var (plain, gpu) = (Steps(TrainingOptimizer.Muon, false, recipe => recipe.Momentum = 0.5, rate: 0.1), Steps(TrainingOptimizer.Muon, true, recipe => recipe.Momentum = 0.5, rate: 0.1));
        foreach (var (name, values) in plain)
        {
            var norm = Math.Sqrt(values.Sum(value => (double)value * value));
            var distance = Math.Sqrt(values.Zip(gpu[name]).Sum(pair => Math.Pow(pair.First - pair.Second, 2)));
            Assert.IsLessThan(1e-3 * Math.Max(norm, 1e-3), distance, name);
        }
    }

    [TestMethod]
    public void Muon_computes_in_the_precision_of_the_training()
    {
        var (exact, half) = (Steps(TrainingOptimizer.Muon, false, precision: TrainingPrecision.Float32), Steps(TrainingOptimizer.Muon, false, precision: TrainingPrecision.BFloat16));
        Assert.IsTrue(exact.Any(weight => Difference(weight.Value, half[weight.Key]) > 1e-7));
        // A CPU has no TensorFloat32.
        foreach (var (name, values) in Steps(TrainingOptimizer.Muon, false, precision: TrainingPrecision.TensorFloat32))
            Assert.AreEqual(0, Difference(values, exact[name]), name);
    }

    private static double Difference(float[] one, float[] other) => one.Zip(other, (first, second) => Math.Abs((double)first - second)).Max();

    private static Dictionary<string, float[]> Steps(TrainingOptimizer kind, bool isGpuForm, Action<TrainingRecipe>? change = null, TrainingPrecision precision = TrainingPrecision.Float32, double rate = 0.01)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var network = new TorchNetwork(Layout, generator);
        network.UseChannelsLast();
        var settings = RecipeFixture.Settings.With(recipe =>
        {
            recipe.Optimizer = kind;
            change?.Invoke(recipe);
        }) with
        { Forms = isGpuForm ? StepForms.Gpu : StepForms.Plain, Precision = precision };
        using var optimizer = Optimizers.Make(network, settings);
        var kept = isGpuForm ? optimizer.KeepGradients() : null;
        for (var step = 0; step < 3; step++)
        {
            using var drawn = new Generator(5 + (ulong)step);
            using var noGradient = no_grad();
            foreach (var (i, parameter) in optimizer.Parameters.Index())
            {
                var gradient = parameter.detach().clone().copy_(randn(parameter.shape, generator: drawn));
                if (kept is null)
                    parameter.grad = gradient;
                else
                    kept[i].copy_(gradient);
            }
            optimizer.Step(rate);
        }
        return network.named_parameters().ToDictionary(named => named.name, named => named.parameter.Values());
    }
}
