using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// The linear part of a rolling pointwise convolution (Listing 2 made exact), in the faster of two forms. Neither stacks the overlapping channels, as
/// the paper's does: the most that either needs beside a pointwise convolution are a few tensors of the size of its input.
/// <list type="bullet">
/// <item>Dense: the weights scattered into a pointwise convolution whose other weights are zero. Costs the same as a pointwise convolution, for any
/// groups and overlap.</item>
/// <item>Halves: at half overlap the windows of the even filters tile the channels, and so do those of the odd ones, half a window further. Two grouped
/// convolutions then do the work without the zeros. Faster from 512 channels and 4 groups on, for inputs of 0.5 to 16 MB: smaller ones do not
/// pay for the calls, and moving larger ones about costs more than the zeros.</item>
/// </list>
/// docs/benchmarks/rpw.md has the measurements.
/// </summary>
internal sealed class RollingPointwise : nn.Module<Tensor, Tensor, Tensor?, Tensor>
{
    private const int LeastChannelsForHalves = 512;
    private const int LeastGroupsForHalves = 4;
    private const long LeastValuesForHalves = 1 << 17;
    private const long MostValuesForHalves = 1 << 22;

    private readonly RollingWindows _windows;
    private readonly int _filters;
    private readonly bool _halvesPossible;
    private readonly WindowChannels _channels;

    public RollingPointwise(RollingWindows windows, int filters)
        : base(nameof(RollingPointwise))
    {
        _windows = windows;
        _filters = filters;
        _halvesPossible = windows.Step * 2 == windows.Width && filters % windows.Count == 0;
        _channels = new(windows, filters);
    }

    private int Groups => _windows.Channels / _windows.Width;

    /// <param name="input">[batch, channels, height, width], in either memory layout; the output has the same.</param>
    /// <param name="weight">[filters, window's width, 1, 1].</param>
    /// <param name="bias">[filters], or null.</param>
    public override Tensor forward(Tensor input, Tensor weight, Tensor? bias) =>
        IsFasterInHalves(input) ? Halves(input, weight, bias) : Dense(input, weight, bias);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _channels.Dispose();
        base.Dispose(disposing);
    }

    // Measured on the CPU. On a GPU one large convolution is the safe choice.
    internal bool IsFasterInHalves(Tensor input) =>
        _halvesPossible && Groups >= LeastGroupsForHalves && _windows.Channels >= LeastChannelsForHalves
        && input.NumberOfElements is >= LeastValuesForHalves and <= MostValuesForHalves && input.device_type == DeviceType.CPU;

    internal Tensor Dense(Tensor input, Tensor weight, Tensor? bias)
    {
        var dense = zeros(_filters, _windows.Channels, dtype: weight.dtype, device: weight.device).scatter(1, _channels.On(weight), weight.flatten(1));
        return nn.functional.conv2d(input, dense.view(_filters, _windows.Channels, 1, 1), bias);
    }

    internal Tensor Halves(Tensor input, Tensor weight, Tensor? bias)
    {
        // Filter f = (round · groups + group) · 2 + half sees window 2 · group + half.
        var rounds = _filters / _windows.Count;
        var weights = weight.view(rounds, Groups, 2, _windows.Width).permute(2, 1, 0, 3);
        var isChannelsLast = input.IsChannelsLast();
        var even = Grouped(input, 0);
        var odd = Grouped(isChannelsLast ? input.permute(0, 2, 3, 1).roll(-_windows.Step, 3).permute(0, 3, 1, 2) : input.roll(-_windows.Step, 1), 1);
        var (batch, height, width) = (input.shape[0], input.shape[2], input.shape[3]);
        var output = isChannelsLast
            ? stack([ByRound(even), ByRound(odd)], 5).view(batch, height, width, _filters).permute(0, 3, 1, 2)
            : stack([ByRound(even), ByRound(odd)], 3).view(batch, _filters, height, width);
        return bias is null ? output : output.Plus(bias.view(1, -1, 1, 1));

        Tensor Grouped(Tensor channels, long half) =>
            nn.functional.conv2d(channels, weights.select(0, half).reshape(_filters / 2, _windows.Width, 1, 1), groups: Groups);

        Tensor ByRound(Tensor values) => isChannelsLast
            ? values.permute(0, 2, 3, 1).reshape(batch, height, width, Groups, rounds).transpose(3, 4)
            : values.reshape(batch, Groups, rounds, height, width).transpose(1, 2);
    }
}
