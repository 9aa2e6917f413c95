using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder;

/// <summary>Whether there is room for a model, found out before it is trained.</summary>
internal static class FreeSpace
{
    private const int BytesOfParameter = 4;

    // The rest of the .zip, the generated code, the report with its pictures.
    private const long Margin = 16_000_000;

    /// <param name="folder">Where the model is to be written; it is there.</param>
    /// <param name="plan">The plan of the training.</param>
    /// <param name="free">Bytes that are free where a folder is, null where the system does not say; null for <see cref="Of"/>.</param>
    /// <exception cref="CommandException">The folder, or that of temporary files, has too little room.</exception>
    public static void Require(string folder, NetworkPlan plan, Func<string, long?>? free = null) => Require(folder, plan.OptimizedCost.Parameters, free);

    /// <param name="folder">Where the model is to be written; it is there.</param>
    /// <param name="parameters">Of the network; 0 where it is not planned yet.</param>
    /// <inheritdoc cref="Require(string, NetworkPlan, Func{string, long?}?)"/>
    public static void Require(string folder, long parameters, Func<string, long?>? free = null)
    {
        free ??= Of;
        var needed = (BytesOfParameter * parameters) + Margin;
        // ML.NET keeps the network in a temporary file while it is used.
        foreach (var place in new[] { folder, TemporaryFolder.OfSystem })
        {
            if (free(place) is { } there && there < needed)
            {
                throw new CommandException(
                    $"'{place}' has {Numbers.Megabytes(there)} left, and the model needs about {Numbers.Megabytes(needed)}. Nothing was trained. Make room, or choose {(place == folder ? "another --output" : $"another folder for temporary files (the variable {TemporaryVariable.Name})")}.");
            }
        }
    }

    /// <summary>Bytes that are free where a folder is; null for a place of which the system does not say it, such as a network share of Windows.</summary>
    public static long? Of(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
