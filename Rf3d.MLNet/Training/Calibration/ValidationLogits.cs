using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Gathers the outputs of a pass over the validation images, on the device until the end of the pass. Of many images it takes every second, third or so.</summary>
/// <param name="images">Images of the pass.</param>
internal sealed class ValidationLogits(long images) : IDisposable
{
    private readonly long _stride = Math.Max(1, (images + TemperatureChoice.MostImages - 1) / TemperatureChoice.MostImages);
    private readonly List<(Tensor Logits, Tensor Labels)> _parts = [];
    private long _seen;

    /// <param name="logits">[n, classes]</param>
    /// <param name="labels">[n]</param>
    public void Add(Tensor logits, Tensor labels)
    {
        var count = labels.shape[0];
        var first = (_stride - (_seen % _stride)) % _stride;
        _seen += count;
        if (first >= count)
            return;
        using var scope = NewDisposeScope();
        _parts.Add((Taken(logits).to(ScalarType.Float32).clone().DetachFromDisposeScope(), Taken(labels).clone().DetachFromDisposeScope()));

        Tensor Taken(Tensor values) => values.slice(0, first, count, _stride);
    }

    public HeldOutLogits Read()
    {
        using var scope = NewDisposeScope();
        return new(
            cat([.. _parts.Select(part => part.Logits)]).cpu().contiguous().data<float>().ToArray(),
            cat([.. _parts.Select(part => part.Labels)]).cpu().contiguous().data<long>().ToArray());
    }

    public void Dispose()
    {
        foreach (var (logits, labels) in _parts)
        {
            logits.Dispose();
            labels.Dispose();
        }
    }
}
