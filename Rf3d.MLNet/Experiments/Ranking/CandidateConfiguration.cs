using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>A point of the search space: the trainer's options for it, and its plan.</summary>
/// <param name="Name">How it is called.</param>
/// <param name="Group">Base network and image size.</param>
/// <param name="Options">The options to train it with.</param>
/// <param name="Plan">The network; null where there is none.</param>
/// <param name="Problem">Why there is none.</param>
internal sealed record CandidateConfiguration(string Name, string Group, TrainerOptions Options, NetworkPlan? Plan, string? Problem)
{
    /// <summary>Equal for candidates that would be trained alike: the same network, whatever its name, and the same options.</summary>
    public string Identity => Plan is null ? Name : ConvNetJson.Write(Plan.Optimized with { Name = "" }) + TrainedBy(Options);

    /// <summary>All points of a search space, in its order.</summary>
    /// <param name="settings">The settings, checked.</param>
    /// <param name="labelColumnName">The label.</param>
    /// <param name="data">The training data.</param>
    /// <exception cref="ArgumentException">A recipe makes options that are out of range.</exception>
    public static IReadOnlyList<CandidateConfiguration> All(Rf3dExperimentSettings settings, string labelColumnName, IDataView data)
    {
        var (space, shared) = (settings.SearchSpace, settings.TrainerOptions);
        var image = Columns.FindImage(data.Schema, shared.FeatureColumnName, nameof(data));
        var classes = LabelColumn.Find(data.Schema, labelColumnName, nameof(data)).Classes.Length;
        Size2D? found = null;
        var sizes = space.ImageSizes.Count == 0 ? [null] : space.ImageSizes.Select(size => (int?)size);
        return
        [
            .. from size in sizes
               from origin in Origins(space)
               from decomposition in space.Decompositions
               from recipe in space.Recipes
               select Configuration(size, origin, decomposition, recipe),
        ];

        CandidateConfiguration Configuration(int? size, Origin origin, Decomposition decomposition, Rf3dRecipe recipe)
        {
            var options = Configured(shared, recipe);
            (options.LabelColumnName, options.Network, options.Decomposition) = (labelColumnName, origin.Network, decomposition);
            (options.Architecture, options.WidthMultiplier) = (origin.Architecture ?? options.Architecture, origin.Width);
            if (size is not null)
                options.ImageHeight = options.ImageWidth = size;
            var input = origin.Network is null && options.ImageHeight is null
                ? found ??= ImageSizeFinder.FromData(options.GivenImageSize(), data, image, settings.CancellationToken)
                : ImageSizeFinder.FromData(options.GivenImageSize(), data, image, settings.CancellationToken);
            (options.ImageHeight, options.ImageWidth) = (input.Height, input.Width);
            options.Organizer = options.Organizer with { MaxMacs = Least(options.Organizer.MaxMacs, settings.MaxMacs), MaxParameters = Least(options.Organizer.MaxParameters, settings.MaxParameters) };
            var sized = $"{input.Width}x{input.Height}";
            var name = $"{origin.Name} {sized} {decomposition} {recipe.Name}";
            options = options.CheckedCopy();
            try
            {
                var network = options.Describe(input.Height, input.Width, classes);
                return new(name, $"{origin.Base} {sized}", options, NetworkPlan.Create(network, options.Organizer, decomposition), null);
            }
            catch (InvalidOperationException error)
            {
                return new(name, $"{origin.Base} {sized}", options, null, error.Message);
            }
        }
    }

    private static TrainerOptions Configured(TrainerOptions shared, Rf3dRecipe recipe)
    {
        var options = shared.CheckedCopy();
        recipe.Configure(options);
        // The experiment's own business, whatever recipe or settings say.
        (options.CheckpointDirectory, options.ValidationSet) = (null, null);
        return options;
    }

    private static IEnumerable<Origin> Origins(Rf3dSearchSpace space)
    {
        foreach (var architecture in space.Architectures)
        {
            foreach (var width in space.WidthMultipliers)
                yield return new(architecture.ToString(), width == 1 ? $"{architecture}" : string.Create(CultureInfo.InvariantCulture, $"{architecture} x{width}"), architecture, null, width);
        }
        foreach (var network in space.Networks)
            yield return new(network.Name, network.Name, null, network, 1);
    }

    private static string TrainedBy(TrainerOptions options) => string.Join('\n', RunFingerprint.OfOptions(options)
        .Where(entry => entry.Key is not (nameof(TrainerOptions.Architecture) or nameof(TrainerOptions.WidthMultiplier))
            && !entry.Key.StartsWith(nameof(TrainerOptions.Decomposition), StringComparison.Ordinal))
        .Select(entry => $"{entry.Key} {entry.Value}"));

    private static long? Least(long? one, long? other) => one is null || other < one ? other : one;

    private sealed record Origin(string Base, string Name, Architecture? Architecture, ConvNet? Network, double Width);
}
