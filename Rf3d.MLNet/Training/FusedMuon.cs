using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Muon for weights that are matrices, stochastic gradient descent with momentum for the others.</summary>
internal sealed class FusedMuon : FusedOptimizer
{
    // A step's norm, by the learning rate: one rate, and one schedule, then suit both kinds of weights. docs/results.md has what was tried.
    private const double StepOfRate = 0.3;
    private const string Velocity = "momentum";

    private readonly HashSet<Tensor> _matrices;
    private readonly double _momentum;
    private readonly bool _nesterov;
    private readonly ScalarType _precision;

    /// <param name="groups">Parameters and their weight decay.</param>
    /// <param name="matrices">Those of the parameters, [outputs, inputs, …], whose outputs each see all inputs.</param>
    /// <param name="momentum">Of both kinds.</param>
    /// <param name="nesterov">Whether it is Nesterov's.</param>
    /// <param name="precision">What matrices are made orthogonal in.</param>
    public FusedMuon(
        IEnumerable<(IReadOnlyList<Parameter> Parameters, double Decay)> groups, IEnumerable<Parameter> matrices, double momentum, bool nesterov, ScalarType precision)
        : this(groups, new HashSet<Tensor>(matrices, ReferenceEqualityComparer.Instance), momentum, nesterov, precision)
    {
    }

    private FusedMuon(
        IEnumerable<(IReadOnlyList<Parameter> Parameters, double Decay)> groups, HashSet<Tensor> matrices, double momentum, bool nesterov, ScalarType precision)
        : base(groups.SelectMany(group => Parts(group.Parameters, matrices).Select(part => (part, group.Decay))))
    {
        (_matrices, _momentum, _nesterov, _precision) = (matrices, momentum, nesterov, precision);
    }

    protected override Dictionary<string, Tensor[]> Remembered(Tensor[] parameters) => new() { [Velocity] = Zeros(parameters) };

    protected override void Update(Group group, Tensor[] gradients, double rate)
    {
        var (weights, momenta) = (group.Parameters, group.Memory[Velocity]);
        if (!_matrices.Contains(weights[0]))
        {
            FusedKernels.Sgd(weights, gradients, momenta, rate, group.Decay, _momentum, _nesterov);
            return;
        }
        // Made orthogonal, a matrix of more outputs than inputs moves each output less: the root makes up for it. Weights decay as fast as those
        // that follow the momentum as it is, which adds up each gradient to 1 / (1 - momentum) of it.
        var (outputs, inputs) = (weights[0].shape[0], weights[0].NumberOfElements / weights[0].shape[0]);
        var step = StepOfRate * rate * Math.Sqrt(Math.Max(1, (double)outputs / inputs));
        FusedKernels.Muon(weights, gradients, momenta, step, rate * group.Decay / (1 - _momentum), _momentum, _nesterov, _precision);
    }

    // Matrices of one shape are made orthogonal together, which on a GPU takes a few launches instead of a few for each.
    private static IEnumerable<IReadOnlyList<Parameter>> Parts(IReadOnlyList<Parameter> parameters, HashSet<Tensor> matrices) =>
        parameters.GroupBy(parameter => matrices.Contains(parameter) ? string.Join('×', parameter.shape) : "").Select(part => part.ToList());
}
