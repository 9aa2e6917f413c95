using Microsoft.Extensions.Logging;
using Rf3d.MLNet;

// The namespace of the services themselves, as is usual: the method shows up where applications configure them.
namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds predictors to the services of an application.</summary>
public static class Rf3dServiceCollectionExtensions
{
    /// <summary>Adds a singleton <see cref="Rf3dPredictor"/> for a saved model, which is loaded on first use, and again when the file changes.</summary>
    /// <param name="services">The services.</param>
    /// <param name="path">The .zip of the model.</param>
    /// <param name="serviceKey">The key of the service, for an application with several models; null for none.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">There is no path.</exception>
    public static IServiceCollection AddRf3dClassifier(this IServiceCollection services, string path, object? serviceKey = null) =>
        services.AddRf3dClassifier(options => options.Path = path, serviceKey);

    /// <summary>Adds a singleton <see cref="Rf3dPredictor"/> for a saved model, which is loaded on first use.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <param name="serviceKey">The key of the service, for an application with several models; null for none.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static IServiceCollection AddRf3dClassifier(this IServiceCollection services, Action<Rf3dPredictorOptions> configure, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new Rf3dPredictorOptions();
        configure(options);
        options.Check();
        return services.AddKeyedSingleton(serviceKey, (provider, _) => new Rf3dPredictor(options, provider.GetService<ILogger<Rf3dPredictor>>()));
    }
}
