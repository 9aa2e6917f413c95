using System.Globalization;
using System.Runtime.InteropServices;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Torch;

/// <summary>Memory of a training step, as Linux counts it: the process's peak is set back before, which the system offers nowhere else.</summary>
[TestClass]
public class RollingPointwiseMemoryTests
{
    private const int Channels = 512;

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [DataRow(0.5, DisplayName = "half")]
    [DataRow(1.0 / 3, DisplayName = "a third")]
    public void A_training_step_needs_about_as_much_as_that_of_a_pointwise_convolution(double overlap)
    {
        using var scope = NewDisposeScope();
        var windows = RollingWindows.Of(new RollingPointwiseConvolution { Filters = Channels, Groups = 8, Overlap = overlap }, Channels);
        using var rolling = new RollingPointwise(windows, Channels);
        var input = randn(16, Channels, 8, 8).requires_grad_();
        var narrow = randn(Channels, windows.Width, 1, 1).requires_grad_();
        var wide = randn(Channels, Channels, 1, 1).requires_grad_();
        var tensor = 4 * input.NumberOfElements;

        var pointwise = Peak(() => nn.functional.conv2d(input, wide));
        foreach (var form in overlap == 0.5 ? [rolling.Dense, rolling.Halves] : new Func<Tensor, Tensor, Tensor?, Tensor>[] { rolling.Dense })
            Assert.IsLessThan(pointwise + (10 * tensor), Peak(() => form(input, narrow, null)));

        // Windows of a third hold 64 times the channels together: the measurement sees a stack where there is one.
        if (overlap < 0.5)
            Assert.IsGreaterThan(pointwise + (50 * tensor), Peak(() => ChannelStack.Convolve(windows, input, narrow, null)));

        // The median: what the heap kept is missing in the peak of a step now and then, and what other threads took is in it.
        long Peak(Func<Tensor> forward)
        {
            // The first pass fills oneDNN's caches; the memory that it leaves on the heap would hide that of the second.
            Step();
            return Enumerable.Range(0, 3).Select(_ => PeakOfStep()).Order().ElementAt(1);

            long PeakOfStep()
            {
                _ = TrimHeap(0);
                var before = Status("VmRSS");
                File.WriteAllText("/proc/self/clear_refs", "5");
                Step();
                return Status("VmHWM") - before;
            }

            void Step()
            {
                using var step = NewDisposeScope();
                forward().sum().backward();
                input.grad = narrow.grad = wide.grad = null;
            }
        }
    }

    [DllImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static extern int TrimHeap(nuint keep);

    private static long Status(string name)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
