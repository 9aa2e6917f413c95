using Rf3d.MLNet;

// ML.NET's own namespace, as with the trainer.
namespace Microsoft.ML;

/// <summary>Adds experiments to <c>mlContext.MulticlassClassification</c>.</summary>
public static class Rf3dExperimentCatalog
{
    /// <summary>Creates an experiment that finds a network and a recipe for the images.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="maxExperimentTimeInSeconds">Seconds that it may take.</param>
    /// <exception cref="ArgumentException">The time is 0.</exception>
    public static Rf3dExperiment CreateRf3dExperiment(this MulticlassClassificationCatalog catalog, uint maxExperimentTimeInSeconds) =>
        catalog.CreateRf3dExperiment(new Rf3dExperimentSettings { MaxExperimentTimeInSeconds = maxExperimentTimeInSeconds });

    /// <summary>Creates an experiment with settings.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="settings">The settings; the experiment takes a copy.</param>
    /// <exception cref="ArgumentException">Values out of range, all of them in one message.</exception>
    public static Rf3dExperiment CreateRf3dExperiment(this MulticlassClassificationCatalog catalog, Rf3dExperimentSettings settings)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(settings);
        return new Rf3dExperiment(catalog, settings.CheckedCopy());
    }
}
