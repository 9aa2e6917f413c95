using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// The exponential moving average of a network's weights (B. T. Polyak and A. B. Juditsky, 1992; in this form A. Tarvainen and H. Valpola, 2017).
/// After step t it is d·average + (1 - d)·weights with d = min(decay, (t - 1) / t): at first the plain mean of all steps so far, so that
/// the untrained initial weights have no effect.
/// </summary>
/// <remarks>
/// The running statistics of batch normalisation are averaged alike. Those of the averaged weights are others, which <see cref="NormStatistics"/> works out
/// before these weights are validated or kept.
/// </remarks>
internal sealed class WeightAverage : IDisposable
{
    private readonly double _decay;
    private readonly Tensor[] _live;
    private readonly Tensor[] _averages;
    private readonly WeightSnapshot _trained;

    public WeightAverage(nn.Module network, double decay)
    {
        using var noGradient = no_grad();
        _decay = decay;
        _live = [.. network.parameters(), .. network.buffers()];
        _averages = [.. _live.Select(tensor => tensor.detach().clone().DetachFromDisposeScope())];
        _trained = new WeightSnapshot(network);
    }

    /// <summary>Steps taken in so far.</summary>
    public long Steps { get; set; }

    /// <summary>Each of the network's tensors with its average.</summary>
    public IEnumerable<(Tensor Live, Tensor Average)> Pairs => _live.Zip(_averages);

    /// <summary>Takes the weights in; called after each step.</summary>
    public void Add()
    {
        using var noGradient = no_grad();
        Steps++;
        var decay = Math.Min(_decay, (Steps - 1.0) / Steps);
        FusedKernels.Blend(_averages, _live, 1 - decay);
    }

    /// <summary>Gives the network the averaged weights, until <see cref="PutBack"/>.</summary>
    public void PutIn()
    {
        using var noGradient = no_grad();
        _trained.Take();
        foreach (var (live, average) in Pairs)
            live.copy_(average);
    }

    /// <summary>Gives the network back the weights that training continues with.</summary>
    public void PutBack() => _trained.Restore();

    public void Dispose()
    {
        Array.ForEach(_averages, average => average.Dispose());
        _trained.Dispose();
    }
}
