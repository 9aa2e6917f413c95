using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Loss and hits over a pass, summed where the network computes: reading a number back from a GPU stops it, so that is done for reports only.
/// </summary>
internal sealed class EpochMeter : IDisposable
{
    private readonly Tensor _sums;
    private readonly Tensor _losses;
    private readonly Tensor _hits;
    private long _images;

    public EpochMeter(Device device)
    {
        _sums = zeros(2, ScalarType.Float64, device).DetachFromDisposeScope();
        (_losses, _hits) = (_sums.select(0, 0).DetachFromDisposeScope(), _sums.select(0, 1).DetachFromDisposeScope());
    }

    /// <summary>A meter that continues from the result of <see cref="Store"/>.</summary>
    public EpochMeter(Device device, SafeTensorEntry stored)
        : this(device)
    {
        using var scope = NewDisposeScope();
        var values = stored.Load();
        _sums.copy_(values[..2]);
        _images = (long)values[2].item<double>();
    }

    public long Images => _images;

    /// <summary>Sum of losses, hits, images.</summary>
    public SafeTensorEntry Store()
    {
        using var scope = NewDisposeScope();
        return cat([_sums.cpu(), tensor([(double)_images])]).Store();
    }

    /// <param name="meanLoss">Mean loss over the batch.</param>
    /// <param name="logits">[n, classes]</param>
    /// <param name="labels">[n]</param>
    public void Add(Tensor meanLoss, Tensor logits, Tensor labels)
    {
        using var noGradient = no_grad();
        var count = labels.shape[0];
        _losses.PlusInPlace(meanLoss.detach(), count);
        _hits.PlusInPlace(logits.argmax(1).eq(labels).sum());
        _images += count;
    }

    /// <summary>Mean loss and accuracy over the images so far.</summary>
    public (double Loss, double Accuracy) Read()
    {
        using var sums = _sums.cpu();
        var values = sums.data<double>();
        return (values[0] / _images, values[1] / _images);
    }

    public void Dispose()
    {
        _sums.Dispose();
        _losses.Dispose();
        _hits.Dispose();
    }
}
