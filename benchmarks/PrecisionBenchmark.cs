using System.Globalization;
using Rf3d.MLNet;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.Benchmarks;

/// <summary>
/// Each kind of kernel as the trainer runs it, with batch normalisation and activation, forward and backward, in bfloat16 and in float32: the basis of the
/// rule that decides which kernels train in which.
/// </summary>
internal static class PrecisionBenchmark
{
    private const string Half = "bfloat16", Full = "float32";

    public static Report Run(int batch, int rounds, string command)
    {
        var report = new Report();
        report.Heading(1, "Kernels in bfloat16 and in float32");
        report.Paragraph($"`{command}`");
        report.List(
        [
            .. HardwareFingerprint.Torch,
            $"{rounds} rounds after a warm-up; rivals take turns within a round, in one process",
            $"Batch {batch}, channels-last; forward and backward of kernel, batch normalisation and ReLU, the casts between float32 weights and bfloat16 included",
        ]);
        report.Paragraph($"\"The trainer\": what it runs in mixed precision on this device. Milliseconds: median; ratio within a round: median (least to greatest).");
        report.Table(
            ["kernel", "channels", "H = W", "float32, ms", "bfloat16, ms", "float32 / bfloat16", "the trainer"],
            Cases().Select(place => Measure(place.Name, place.Layer, place.Channels, place.Size, batch, rounds)));
        return report;
    }

    private static IEnumerable<(string Name, ConvLayer Layer, int Channels, int Size)> Cases()
    {
        foreach (var (channels, size) in new[] { (64, 32), (128, 16), (256, 8), (512, 4) })
        {
            yield return ("convolution 3×3", new Convolution { Filters = channels }, channels, size);
            yield return ("convolution 3×3, stride 2", new Convolution { Filters = channels, Stride = 2 }, channels, size);
            yield return ("convolution 3×3, dilation 2", new Convolution { Filters = channels, Dilation = 2 }, channels, size);
            yield return ("convolution 3×3, 8 groups", new Convolution { Filters = channels, Groups = 8 }, channels, size);
            yield return ("pointwise", new Convolution { Filters = channels, Size = 1 }, channels, size);
            yield return ("pointwise, stride 2", new Convolution { Filters = channels, Size = 1, Stride = 2 }, channels, size);
            yield return ("pointwise, 4 groups", new Convolution { Filters = channels, Size = 1, Groups = 4 }, channels, size);
            yield return ("rolling pointwise, g = 4, o = 1/2", new RollingPointwiseConvolution { Filters = channels, Groups = 4, Overlap = 0.5 }, channels, size);
            yield return ("depthwise 3×3", new DepthwiseConvolution(), channels, size);
            yield return ("depthwise 3×3, stride 2", new DepthwiseConvolution { Stride = 2 }, channels, size);
            yield return ("depthwise 5×5", new DepthwiseConvolution { Size = 5 }, channels, size);
            yield return ("depthwise 3×3, dilation 2", new DepthwiseConvolution { Dilation = 2 }, channels, size);
        }
        yield return ("convolution 3×3 of the image", new Convolution { Filters = 64 }, 3, 32);
        yield return ("convolution 7×7 of the image, stride 2", new Convolution { Filters = 64, Size = 7, Stride = 2 }, 3, 128);
    }

    private static string[] Measure(string name, ConvLayer layer, int channels, int size, int batch, int rounds)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var layout = NetworkLayout.Of(new ConvNet
        {
            Name = "kernel",
            Input = new TensorShape(channels, size, size),
            Classes = 1,
            Stages = [Stage.Repeat(new Block { Layers = [layer with { BatchNorm = true, Activation = Activation.Relu }] }, 1)],
            Head = null,
        });
        var node = layout.Body.SelectMany(stage => stage.Blocks).SelectMany(block => block.Layers).Single();
        using var full = new ConvLayerModule(node, generator);
        using var half = new ConvLayerModule(node, generator);
        full.UseChannelsLast();
        half.UseChannelsLast();
        half.UseBFloat16(evenWhereSlow: true);
        var image = randn([batch, size, size, channels], generator: generator).permute(0, 3, 1, 2);
        var inputs = new Dictionary<string, Tensor> { [Full] = image, [Half] = image.to(ScalarType.BFloat16) };
        Rival[] rivals = [new(Full, () => Pass(full, inputs[Full])), new(Half, () => Pass(half, inputs[Half]))];
        Alternating.WarmUp(rivals);
        var times = Alternating.Measure(rivals, new RoundBudget(TimeSpan.FromSeconds(1), 1, rounds));
        string[] row =
        [
            name, $"{channels}", $"{size}",
            Report.Milliseconds(times.Milliseconds(Full).Median), Report.Milliseconds(times.Milliseconds(Half).Median),
            Report.Ratio(times.Ratio(Full, Half)), ConvLayerModule.IsFastInBFloat16(layer, DeviceType.CPU) ? Half : Full,
        ];
        Console.WriteLine(string.Join("  ", row));
        return row;
    }

    private static void Pass(ConvLayerModule layer, Tensor input)
    {
        using var scope = NewDisposeScope();
        var image = input.detach().requires_grad_();
        var output = layer.call(image);
        output.backward([ones_like(output)]);
        layer.zero_grad();
    }
}
