using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>The state of an optimizer for each parameter, by name.</summary>
internal static class OptimizerTensors
{
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="nameOf">Name of a parameter.</param>
    public static IEnumerable<(string Name, SafeTensorEntry Tensor)> Store(FusedOptimizer optimizer, Func<Tensor, string> nameOf) =>
        optimizer.State.Select(memory => ($"{nameOf(memory.Parameter)}.{memory.Name}", memory.Value.StoreLive()));

    /// <param name="optimizer">A new optimizer of the same kind.</param>
    /// <param name="nameOf">Name of a parameter.</param>
    /// <param name="mayLack">Whether of a parameter nothing need be stored; it stays as it is, then.</param>
    /// <param name="find">The stored tensor of a name, or null.</param>
    /// <exception cref="FormatException">A tensor is missing.</exception>
    public static void Restore(FusedOptimizer optimizer, Func<Tensor, string> nameOf, Func<Tensor, bool> mayLack, Func<string, SafeTensorEntry?> find)
    {
        foreach (var (parameter, name, value) in optimizer.State)
        {
            if (find($"{nameOf(parameter)}.{name}") is { } stored)
                value.Overwrite(stored);
            else if (!mayLack(parameter))
                throw new FormatException($"it lacks what the optimizer knew of '{nameOf(parameter)}'");
        }
    }
}
