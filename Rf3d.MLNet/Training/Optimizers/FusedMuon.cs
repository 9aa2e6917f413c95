using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Muon for weights that are matrices, those with a longer shorter side than 128 in blocks; stochastic gradient descent with momentum for the others, slower for a
/// classifier of many features.
/// </summary>
/// <param name="groups">Parameters and their weight decay.</param>
/// <param name="isMatrix">Whether each output of a parameter [outputs, inputs, …] sees all inputs.</param>
/// <param name="classifier">Weight of the linear layer to the classes [classes, features]; null for none.</param>
/// <param name="momentum">Of both kinds.</param>
/// <param name="nesterov">Whether it is Nesterov's.</param>
/// <param name="precision">Of the training, and of making matrices orthogonal.</param>
internal sealed class FusedMuon(
    IEnumerable<(IReadOnlyList<Parameter> Parameters, double Decay)> groups, Func<Tensor, bool> isMatrix, Tensor? classifier, double momentum, bool nesterov,
    TrainingPrecision precision)
    : FusedOptimizer(groups.SelectMany(group => Parts(group.Parameters, isMatrix, classifier).Select(part => (part, group.Decay))))
{
    // A step's norm, by the learning rate: one rate, and one schedule, then suit both kinds of weights. docs/journal.md has the measurements.
    public const double StepOfRate = 0.3;

    // The whole of a large matrix costs several times as much as its blocks, and the network learns no more.
    private const long MaxRows = 128;

    // A step changes the logits by the learning rate times the square of the features, a sum over all of them: with 1,024 and two classes the rate that
    // suits 256 makes them oscillate. docs/journal.md has the measurements.
    private const double Features = 256;

    private const string Momentum = "momentum";

    private readonly ScalarType _computing = precision == TrainingPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;

    /// <returns>Rows of a block: the greatest divisor of <paramref name="rows"/> up to 128, unless the only ones are small.</returns>
    internal static long RowsOfBlock(long rows)
    {
        if (rows <= MaxRows)
            return rows;
        var block = MaxRows;
        while (rows % block != 0)
            block--;
        return block >= MaxRows / 4 ? block : rows;
    }

    protected override Dictionary<string, Tensor[]> Remembered(Tensor[] parameters) => new() { [Momentum] = Zeros(parameters) };

    protected override void Update(Group group, Tensor[] gradients, double rate)
    {
        var (weights, momenta) = (group.Parameters, group.State[Momentum]);
        if (!isMatrix(weights[0]))
        {
            FusedKernels.Sgd(weights, gradients, momenta, rate * ShareOfRate(weights[0], classifier), group.Decay, momentum, nesterov);
            return;
        }
        // Weights decay as fast as those that follow the momentum as it is, which adds up each gradient to 1 / (1 - momentum) of it.
        var (outputs, inputs) = (weights[0].shape[0], weights[0].NumberOfElements / weights[0].shape[0]);
        var step = StepOfRate * rate * FactorOf(outputs, inputs);
        // From twice as long as wide on, a block costs less by its Gram matrix. TensorFloat-32, which a CPU does not have, is not exact enough for it.
        var exact = precision == TrainingPrecision.Float32 || (precision == TrainingPrecision.TensorFloat32 && weights[0].device_type == DeviceType.CPU);
        var rows = RowsOfBlock(Math.Min(outputs, inputs));
        var byGram = exact && Math.Max(outputs, inputs) >= 2 * rows;
        FusedKernels.Muon(weights, gradients, momenta, step, rate * group.Decay / (1 - momentum), momentum, nesterov, rows, _computing, byGram);
    }

    /// <summary>Made orthogonal, a matrix of more outputs than inputs moves each output less: the root makes up for it.</summary>
    internal static double FactorOf(long outputs, long inputs) => Math.Sqrt(Math.Max(1, (double)outputs / inputs));

    internal static double ShareOfRate(Tensor parameter, Tensor? classifier) =>
        ReferenceEquals(parameter, classifier) ? Math.Min(1, Features / classifier.shape[1]) : 1;

    // Matrices of one shape are made orthogonal together, which on a GPU takes a few launches instead of a few for each; other parameters of one rate are updated
    // by one call.
    internal static IEnumerable<IReadOnlyList<Parameter>> Parts(IReadOnlyList<Parameter> parameters, Func<Tensor, bool> isMatrix, Tensor? classifier) =>
        from parameter in parameters
        group parameter by isMatrix(parameter) ? (string.Join('×', parameter.shape), 1) : ("", ShareOfRate(parameter, classifier)) into part
        select part.ToList();
}
