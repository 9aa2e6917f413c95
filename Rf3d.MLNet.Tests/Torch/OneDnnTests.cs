using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Torch;

/// <summary>Convolutions on the CPU are right on every machine, with oneDNN or without it.</summary>
[TestClass]
public class OneDnnTests
{
    [TestMethod]
    [DataRow(1, true)]
    [DataRow(3, true)]
    [DataRow(1, false)]
    [DataRow(3, false)]
    public void Convolutions_are_what_they_are_in_double_precision(int side, bool isChannelsLast)
    {
        TorchNative.EnsureLoaded();
        using var generator = new Generator(1);
        foreach (var channels in new[] { 3, 16, 21, 24, 40, 64 })
        {
            foreach (var filters in new[] { 10, 16, 42, 64, 80, 100 })
            {
                using var scope = NewDisposeScope();
                var image = randn([16, channels, 4, 5], generator: generator);
                var kernel = randn([filters, channels, side, side], generator: generator);
                // Other values at each place, so that values that a pass puts at wrong places do not go unnoticed.
                var gradient = randn([16, filters, 4, 5], generator: generator);
                if (isChannelsLast)
                    (image, gradient) = (ChannelsLast(image), ChannelsLast(gradient));
                var (single, exact) = (Gradients(image, kernel, gradient), Gradients(image.to(ScalarType.Float64), kernel.to(ScalarType.Float64), gradient.to(ScalarType.Float64)));
                foreach (var (name, one, other) in new[] { ("output", single.Output, exact.Output), ("gradient of the image", single.Image, exact.Image), ("gradient of the kernel", single.Kernel, exact.Kernel) })
                {
                    var difference = (one.to(ScalarType.Float64) - other).abs().max().item<double>();
                    Assert.IsLessThan(1e-4 * other.abs().max().item<double>(), difference, $"{channels} channels, {filters} filters, {name}");
                }
            }
        }

        static Tensor ChannelsLast(Tensor images) => images.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

        (Tensor Output, Tensor Image, Tensor Kernel) Gradients(Tensor image, Tensor kernel, Tensor gradient)
        {
            var (input, weight) = (image.detach().requires_grad_(), kernel.detach().requires_grad_());
            var output = nn.functional.conv2d(input, weight, padding: [side / 2, side / 2]);
            output.backward([gradient]);
            return (output.detach(), input.grad!, weight.grad!);
        }
    }

    [TestMethod]
    public void Nothing_is_turned_off_where_convolutions_are_right()
    {
        Assert.IsNull(OneDnn.Verify(() => true, () => throw new AssertFailedException("turned off")));
    }

    [TestMethod]
    public void Wrong_convolutions_turn_oneDNN_off_and_are_a_finding_that_lets_a_training_run()
    {
        var isOff = false;
        var finding = OneDnn.Verify(() => isOff, () => isOff = true);
        Assert.AreEqual(TorchFindingKind.OneDnnOff, finding!.Kind);
        Assert.IsFalse(finding.IsError);
        Assert.Contains("It is turned off: training on the CPU is slower", finding.Message);
        Assert.AreEqual("Train on a GPU or on another machine.", finding.Remedy, "Older instructions of oneDNN are slower than none of it.");
    }

    [TestMethod]
    [DataRow(true, DisplayName = "wrong without it, too")]
    [DataRow(false, DisplayName = "it cannot be turned off")]
    public void Convolutions_that_stay_wrong_are_an_error(bool canTurnOff)
    {
        var finding = OneDnn.Verify(() => false, () => canTurnOff);
        Assert.AreEqual(TorchFindingKind.WrongConvolutions, finding!.Kind);
        Assert.IsTrue(finding.IsError);
        Assert.Contains("ONEDNN_MAX_CPU_ISA=SSE41", finding.Remedy);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Libtorch_offers_to_turn_it_off() => Assert.IsNotNull(OneDnn.Find(TorchNative.Loader.CpuLibrary));

    [TestMethod]
    public void A_library_that_is_not_there_turns_nothing_off() => Assert.IsFalse(OneDnn.TryTurnOff("no-such-library"));
}
