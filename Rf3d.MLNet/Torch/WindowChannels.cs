using Rf3d.Planning;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// The channel that each weight of a rolling pointwise convolution belongs to, where the weights are. No module's tensor: TorchSharp takes those for weights
/// to be saved and converted, and one that is not to be saved it neither lists nor moves to other devices.
/// </summary>
internal sealed class WindowChannels : IDisposable
{
    private Tensor _channels;

    public WindowChannels(RollingWindows windows, int filters)
    {
        using var scope = NewDisposeScope();
        var start = TensorArithmetic.Range(filters).TimesInPlace(windows.Step).unsqueeze(1);
        _channels = start.Plus(TensorArithmetic.Range(windows.Width)).Modulo(windows.Channels).DetachFromDisposeScope();
    }

    /// <param name="weight">The weights. The channels go to their device once, and stay.</param>
    /// <returns>[filters, width], int64; good until the call for another device.</returns>
    public Tensor On(Tensor weight)
    {
        if (_channels.device_type != weight.device_type || _channels.device_index != weight.device_index)
        {
            var here = _channels.to(weight.device).DetachFromDisposeScope();
            _channels.Dispose();
            _channels = here;
        }
        return _channels;
    }

    public void Dispose() => _channels.Dispose();
}
