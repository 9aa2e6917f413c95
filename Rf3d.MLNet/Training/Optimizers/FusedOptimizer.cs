using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Changes all parameters of a network at once, by one call for each group of the same weight decay.</summary>
internal abstract class FusedOptimizer : IDisposable
{
    private readonly List<Group> _groups;

    /// <param name="groups">Parameters and their weight decay.</param>
    protected FusedOptimizer(IEnumerable<(IReadOnlyList<Parameter> Parameters, double Decay)> groups) =>
        _groups = [.. groups.Select(group => new Group([.. group.Parameters], Remembered([.. group.Parameters]), group.Decay))];

    /// <summary>What is remembered of each parameter from step to step, by name; the tensors are the optimizer's own.</summary>
    public IEnumerable<(Tensor Parameter, string Name, Tensor Value)> State =>
        from grouped in _groups
        from kind in grouped.State
        from pair in grouped.Parameters.Zip(kind.Value)
        select (pair.First, kind.Key, pair.Second);

    /// <summary>One step along the gradients that the parameters have.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="maxGradientNorm">Highest norm of all gradients together; null for no limit.</param>
    public void Step(double rate, double? maxGradientNorm = null)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var gradients = _groups.ConvertAll(group => Array.ConvertAll(
            group.Parameters, parameter => parameter.grad ?? throw new InvalidOperationException("A parameter has no gradient: the network does not use it.")));
        if (maxGradientNorm is { } limit)
            FusedKernels.Clip([.. gradients.SelectMany(list => list)], limit);
        foreach (var (group, list) in _groups.Zip(gradients))
            Update(group, list, rate);
    }

    public void Dispose()
    {
        foreach (var tensor in _groups.SelectMany(group => group.State.Values).SelectMany(list => list))
            tensor.Dispose();
    }

    /// <summary>What to remember of parameters before the first step: lists of one tensor for each of them, by name.</summary>
    protected abstract Dictionary<string, Tensor[]> Remembered(Tensor[] parameters);

    protected abstract void Update(Group group, Tensor[] gradients, double rate);

    /// <summary>Zeros laid out as each parameter is, and as its gradient will be.</summary>
    protected static Tensor[] Zeros(Tensor[] parameters)
    {
        using var noGradient = no_grad();
        return Array.ConvertAll(parameters, parameter => zeros_like(parameter).DetachFromDisposeScope());
    }

    protected sealed record Group(Tensor[] Parameters, Dictionary<string, Tensor[]> State, double Decay);
}
