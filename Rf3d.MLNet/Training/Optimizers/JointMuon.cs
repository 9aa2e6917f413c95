using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// <see cref="FusedMuon"/> with the matrices of all shapes made orthogonal together. Momenta and gradients lie in one piece for each shape, so that
/// nothing is gathered and handed out again; the iteration runs on the blocks' Gram matrices, which are of one size, all in one batch; in float32, which
/// they need, and which is cheap since they are small. A GPU is called some sixty times a step, not some thirty times for each shape.
/// </summary>
internal sealed class JointMuon : FusedOptimizer
{
    private const string Momentum = "momentum";

    private readonly Func<Tensor, bool> _isMatrix;
    private readonly Tensor? _classifier;
    private readonly double _momentum;
    private readonly bool _nesterov;
    private readonly Dictionary<Tensor[], Tensor> _pieces = new(ReferenceEqualityComparer.Instance);
    private Tensor? _factors;

    /// <inheritdoc cref="FusedMuon"/>
    public JointMuon(
        IEnumerable<(IReadOnlyList<Parameter> Parameters, double Decay)> groups, Func<Tensor, bool> isMatrix, Tensor? classifier, double momentum, bool nesterov)
        : base(groups.SelectMany(group => FusedMuon.Parts(group.Parameters, isMatrix, classifier).Select(part => (part, group.Decay)))) =>
        (_isMatrix, _classifier, _momentum, _nesterov) = (isMatrix, classifier, momentum, nesterov);

    protected override Dictionary<string, Tensor[]> Remembered(Tensor[] parameters) => new() { [Momentum] = Room(parameters) };

    /// <summary>One piece for parameters of one shape: [n, outputs, height, width, inputs], which each sees as its own channels-last.</summary>
    protected override Tensor[] Room(Tensor[] parameters)
    {
        var shape = parameters[0].shape;
        if (shape.Length != 4 || !parameters.All(parameter => parameter.shape.SequenceEqual(shape)))
            return Zeros(parameters);
        using var noGradient = no_grad();
        var piece = zeros([parameters.Length, shape[0], shape[2], shape[3], shape[1]], ScalarType.Float32, parameters[0].device).DetachFromDisposeScope();
        Tensor[] parts = [.. Enumerable.Range(0, parameters.Length).Select(i => piece.select(0, i).permute(0, 3, 1, 2).DetachFromDisposeScope())];
        _pieces.Add(parts, piece);
        return parts;
    }

    protected override void Update(IReadOnlyList<Group> groups, IReadOnlyList<Tensor[]> gradients, double rate)
    {
        List<(Group Group, Tensor[] Gradients)> matrices = [];
        foreach (var (group, list) in groups.Zip(gradients))
        {
            if (_isMatrix(group.Parameters[0]))
                matrices.Add((group, list));
            else
                Update(group, list, rate);
        }
        if (matrices.Count == 0)
            return;
        var weights = matrices.SelectMany(part => part.Group.Parameters).ToArray();
        _factors ??= Factors(matrices.Select(part => part.Group.Parameters), weights[0].device).DetachFromDisposeScope();
        // Matrices decay alike: weight decay only distinguishes them from other parameters.
        var decay = rate * matrices[0].Group.Decay / (1 - _momentum);
        using var exact = weights[0].device_type == DeviceType.CUDA ? TensorFloat32.Forbid() : null;
        MuonKernels.Step(
            weights, [.. matrices.Select(part => _pieces[part.Gradients])], [.. matrices.Select(part => _pieces[part.Group.State[Momentum]])], _factors,
            FusedMuon.StepOfRate * rate, decay, _momentum, _nesterov);
    }

    protected override void Update(Group group, Tensor[] gradients, double rate) => FusedKernels.Sgd(
        group.Parameters, gradients, group.State[Momentum], rate * FusedMuon.ShareOfRate(group.Parameters[0], _classifier), group.Decay, _momentum, _nesterov);

    protected override void DisposeOthers()
    {
        foreach (var piece in _pieces.Values)
            piece.Dispose();
        _factors?.Dispose();
    }

    /// <summary>For each block the factor of its step.</summary>
    private static Tensor Factors(IEnumerable<Tensor[]> shapes, Device device)
    {
        List<float> factors = [];
        foreach (var parameters in shapes)
        {
            var (outputs, inputs) = (parameters[0].shape[0], parameters[0].NumberOfElements / parameters[0].shape[0]);
            var rows = Math.Min(outputs, inputs);
            factors.AddRange(Enumerable.Repeat((float)FusedMuon.FactorOf(outputs, inputs), (int)(parameters.Length * rows / FusedMuon.RowsOfBlock(rows))));
        }
        return tensor(factors.ToArray()).to(device);
    }
}
