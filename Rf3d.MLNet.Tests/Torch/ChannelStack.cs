using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Torch;

/// <summary>
/// Listing 2 of the paper made exact: the channels of every different window copied into one stack, and one convolution with a group for each
/// window. The forms of <see cref="RollingPointwise"/> must equal it, and the benchmark measures them against it.
/// </summary>
internal static class ChannelStack
{
    public static Tensor Convolve(RollingWindows windows, Tensor input, Tensor weight, Tensor? bias)
    {
        var filters = (int)weight.shape[0];
        if (filters % windows.Count != 0)
            return FilterByFilter(windows, input, weight, bias);

        var stacked = cat(Enumerable.Range(0, windows.Count).Select(window => Slice(windows, input, window)).ToArray(), 1);
        // The groups want the filters window by window; filter f = round · count + window.
        var (count, rounds) = (windows.Count, filters / windows.Count);
        if (rounds == 1)
            return nn.functional.conv2d(stacked, weight, bias, groups: count);
        var byWindow = weight.reshape(rounds, count, windows.Width, 1, 1).transpose(0, 1).reshape(filters, windows.Width, 1, 1);
        var output = nn.functional.conv2d(stacked, byWindow, bias?.view(rounds, count).transpose(0, 1).reshape(filters), groups: count);
        var (batch, height, width) = (input.shape[0], input.shape[2], input.shape[3]);
        return input.IsChannelsLast()
            ? output.permute(0, 2, 3, 1).reshape(batch, height, width, count, rounds).transpose(3, 4).reshape(batch, height, width, filters).permute(0, 3, 1, 2)
            : output.reshape(batch, count, rounds, height, width).transpose(1, 2).reshape(batch, filters, height, width);
    }

    /// <summary>For filters that do not fill the groups evenly, which no grouped convolution can do.</summary>
    private static Tensor FilterByFilter(RollingWindows windows, Tensor input, Tensor weight, Tensor? bias) => cat(
        Enumerable.Range(0, (int)weight.shape[0])
            .Select(filter => nn.functional.conv2d(
                Slice(windows, input, filter % windows.Count), weight.narrow(0, filter, 1), bias?.narrow(0, filter, 1)))
            .ToArray(),
        1);

    private static Tensor Slice(RollingWindows windows, Tensor input, int window)
    {
        var start = windows.Start(window);
        var beforeEnd = Math.Min(windows.Width, windows.Channels - start);
        var slice = input.narrow(1, start, beforeEnd);
        return beforeEnd == windows.Width ? slice : cat([slice, input.narrow(1, 0, windows.Width - beforeEnd)], 1);
    }
}
