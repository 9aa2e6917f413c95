using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Draws the numbers that training starts from: PyTorch's own default, uniform within 1 / √inputs. Batch normalisation makes the scale of a
/// convolution irrelevant to its results, but the larger the weights, the less a step turns them: from He's larger ones (fan-out) MobileNet
/// learns more slowly (33 % against 38 % training accuracy after two epochs of 13,400 CIFAR-10 images).
/// </summary>
internal static class InitialWeights
{
    /// <param name="shape">Shape of the parameter.</param>
    /// <param name="inputs">Values that flow into one output.</param>
    /// <param name="generator">The only source of randomness.</param>
    public static Parameter Draw(long[] shape, long inputs, Generator generator)
    {
        var bound = 1 / Math.Sqrt(inputs);
        // The numbers of rand, which TorchSharp 0.107 lets return a tensor that is none when memory does not suffice: the next call ends the process.
        return new Parameter(empty(shape).uniform_(0, 1, generator).TimesInPlace(2 * bound).PlusInPlace(-bound));
    }
}
