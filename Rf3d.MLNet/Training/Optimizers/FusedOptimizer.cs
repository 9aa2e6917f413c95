using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Changes all parameters of a network at once, by one call for each group of the same weight decay.</summary>
internal abstract class FusedOptimizer : IDisposable
{
    private readonly List<Group> _groups;
    private List<Tensor[]>? _gradients;

    /// <param name="groups">Parameters and their weight decay.</param>
    protected FusedOptimizer(IEnumerable<(IReadOnlyList<Parameter> Parameters, double Decay)> groups) =>
        _groups = [.. groups.Select(group => new Group([.. group.Parameters], Remembered([.. group.Parameters]), group.Decay))];

    /// <summary>The state that is kept of each parameter from step to step, by name; the tensors are the optimizer's own.</summary>
    public IEnumerable<(Tensor Parameter, string Name, Tensor Value)> State =>
        from grouped in _groups
        from kind in grouped.State
        from pair in grouped.Parameters.Zip(kind.Value)
        select (pair.First, kind.Key, pair.Second);

    /// <summary>All parameters.</summary>
    public Tensor[] Parameters => [.. _groups.SelectMany(group => group.Parameters)];

    /// <summary>Has steps go along gradients that are written to memory of the optimizer's, and no longer along the parameters' own.</summary>
    /// <returns>A tensor for each of <see cref="Parameters"/>, laid out as it is.</returns>
    public Tensor[] KeepGradients()
    {
        _gradients ??= _groups.ConvertAll(group => Room(group.Parameters));
        return [.. _gradients.SelectMany(list => list)];
    }

    /// <summary>One step along the gradients that the parameters have.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="maxGradientNorm">Highest norm of all gradients together; null for no limit.</param>
    public void Step(double rate, double? maxGradientNorm = null)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var gradients = _gradients ?? _groups.ConvertAll(group => Array.ConvertAll(
            group.Parameters, parameter => parameter.grad ?? throw new InvalidOperationException("A parameter has no gradient: the network does not use it.")));
        if (maxGradientNorm is { } limit)
            FusedKernels.Clip([.. gradients.SelectMany(list => list)], limit);
        Update(_groups, gradients, rate);
    }

    public void Dispose()
    {
        foreach (var tensor in _groups.SelectMany(group => group.State.Values).Concat(_gradients ?? []).SelectMany(list => list))
            tensor.Dispose();
        DisposeOthers();
    }

    /// <summary>The state of parameters before the first step: lists of one tensor for each of them, by name.</summary>
    protected abstract Dictionary<string, Tensor[]> Remembered(Tensor[] parameters);

    /// <summary>Zeros for the parameters of a group, laid out as each is, and as its gradient will be.</summary>
    protected virtual Tensor[] Room(Tensor[] parameters) => Zeros(parameters);

    /// <summary>One step of all groups.</summary>
    protected virtual void Update(IReadOnlyList<Group> groups, IReadOnlyList<Tensor[]> gradients, double rate)
    {
        foreach (var (group, list) in groups.Zip(gradients))
            Update(group, list, rate);
    }

    /// <summary>One step of one group.</summary>
    protected abstract void Update(Group group, Tensor[] gradients, double rate);

    /// <summary>Frees the resources of the optimizer other than its memory and the gradients.</summary>
    protected virtual void DisposeOthers()
    {
    }

    /// <summary>Zeros laid out as each parameter is, and as its gradient will be.</summary>
    protected static Tensor[] Zeros(Tensor[] parameters)
    {
        using var noGradient = no_grad();
        return Array.ConvertAll(parameters, parameter => zeros_like(parameter).DetachFromDisposeScope());
    }

    protected sealed record Group(Tensor[] Parameters, Dictionary<string, Tensor[]> State, double Decay);
}
