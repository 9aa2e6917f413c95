using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>A copy of a network's parameters and running statistics, which later copies overwrite: no new memory for each better epoch.</summary>
internal sealed class WeightSnapshot : IDisposable
{
    private readonly List<Tensor> _live;
    private readonly List<Tensor> _copies;

    public WeightSnapshot(nn.Module network)
    {
        using var noGradient = no_grad();
        _live = [.. network.parameters(), .. network.buffers()];
        _copies = [.. _live.Select(tensor => tensor.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>Each of the network's tensors with its copy.</summary>
    public IEnumerable<(Tensor Live, Tensor Copy)> Pairs => _live.Zip(_copies);

    /// <summary>Whether all of the network's present numbers are: the step after the last reported loss may have been the one too far.</summary>
    public bool IsFinite()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return _live.Where(tensor => tensor.is_floating_point()).All(tensor => tensor.isfinite().all().item<bool>());
    }

    public void Take()
    {
        using var noGradient = no_grad();
        foreach (var (live, copy) in _live.Zip(_copies))
            copy.copy_(live);
    }

    public void Restore()
    {
        using var noGradient = no_grad();
        foreach (var (live, copy) in _live.Zip(_copies))
            live.copy_(copy);
    }

    public void Dispose() => _copies.ForEach(copy => copy.Dispose());
}
