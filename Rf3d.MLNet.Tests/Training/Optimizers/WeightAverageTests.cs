using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Training;

[TestClass]
public class WeightAverageTests
{
    // The weights are 1, 2, 3, ... after steps 1, 2, 3, ... The average starts with the plain mean, 1, 1.5, 2, until 1/(1-d) = 4 steps, and continues
    // with 0.75·average + 0.25·weight.
    [TestMethod]
    public void It_is_the_mean_of_the_first_steps_and_then_the_exponential_average()
    {
        using var generator = new Generator(1);
        using var network = RecipeFixture.Network(generator);
        using var average = new WeightAverage(network, 0.75);
        var expected = 0.0;
        for (var step = 1; step <= 8; step++)
        {
            Fill(network, step);
            average.Add();
            expected = step <= 4 ? (1 + step) / 2.0 : (0.75 * expected) + (0.25 * step);
            average.PutIn();
            AssertAll(network, expected);
            average.PutBack();
            AssertAll(network, step);
        }
    }

    [TestMethod]
    public void It_keeps_the_layout_of_the_weights()
    {
        using var generator = new Generator(1);
        using var network = RecipeFixture.Network(generator);
        network.UseChannelsLast();
        var strides = network.parameters().Select(parameter => parameter.stride()).ToList();
        using var average = new WeightAverage(network, 0.9);
        average.Add();
        average.PutIn();
        foreach (var (parameter, stride) in network.parameters().Zip(strides))
            CollectionAssert.AreEqual(stride, parameter.stride());
    }

    private static void Fill(TorchNetwork network, double value)
    {
        using var noGradient = no_grad();
        foreach (var tensor in network.parameters().Concat(network.buffers()).Where(tensor => tensor.is_floating_point()))
            tensor.fill_(value);
    }

    private static void AssertAll(TorchNetwork network, double value)
    {
        foreach (var tensor in network.parameters().Concat(network.buffers()).Where(tensor => tensor.is_floating_point()))
            RecipeFixture.AssertClose([.. Enumerable.Repeat((float)value, (int)tensor.numel())], tensor);
    }
}
