using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>What an optimizer remembers of each parameter, by name.</summary>
internal static class OptimizerTensors
{
    private const string Momentum = "momentum", Average = "average", Square = "square", Step = "step";

    /// <param name="optimizer">The optimizer.</param>
    /// <param name="nameOf">Name of a parameter.</param>
    public static IEnumerable<(string Name, StoredTensor Tensor)> Store(optim.Optimizer optimizer, Func<Tensor, string> nameOf)
    {
        foreach (var (parameter, state) in States(optimizer))
        {
            var name = nameOf(parameter);
            switch (state)
            {
                case SGD.State { momentum_buffer: null }:
                    break;
                case SGD.State descent:
                    yield return ($"{name}.{Momentum}", descent.momentum_buffer.Store());
                    break;
                case AdamW.State adam:
                    yield return ($"{name}.{Average}", adam.exp_avg.Store());
                    yield return ($"{name}.{Square}", adam.exp_avg_sq.Store());
                    yield return ($"{name}.{Step}", new StoredTensor("I64", [], BitConverter.GetBytes(adam.step)));
                    break;
                default:
                    throw Unknown(state);
            }
        }
    }

    /// <param name="optimizer">A new optimizer of the same kind.</param>
    /// <param name="nameOf">Name of a parameter.</param>
    /// <param name="find">The stored tensor of a name, or null.</param>
    public static void Restore(optim.Optimizer optimizer, Func<Tensor, string> nameOf, Func<string, StoredTensor?> find)
    {
        foreach (var (parameter, state) in States(optimizer))
        {
            var name = nameOf(parameter);
            switch (state)
            {
                case SGD.State descent:
                    if (find($"{name}.{Momentum}") is not { } momentum)
                        break;
                    // Laid out as the parameter is, as the gradient was that it was copied from.
                    using (no_grad())
                        descent.momentum_buffer = zeros_like(parameter).DetachFromDisposeScope();
                    descent.momentum_buffer.Overwrite(momentum);
                    break;
                case AdamW.State adam:
                    if (find($"{name}.{Step}") is not { } step || find($"{name}.{Average}") is not { } average || find($"{name}.{Square}") is not { } square)
                        throw new FormatException($"it lacks what the optimizer knew of '{name}'");
                    adam.exp_avg.Overwrite(average);
                    adam.exp_avg_sq.Overwrite(square);
                    adam.step = BitConverter.ToInt64(step.Data);
                    break;
                default:
                    throw Unknown(state);
            }
        }
    }

    // Both lists go by group and then by place in the group.
    private static IEnumerable<(Parameter Parameter, OptimizerState State)> States(optim.Optimizer optimizer) =>
        optimizer.parameters().Zip(((OptimizerHelper)optimizer).state_dict().State);

    private static NotSupportedException Unknown(OptimizerState state) =>
        new($"Checkpoints do not know what {state.GetType().DeclaringType?.Name ?? state.GetType().Name} remembers.");
}
