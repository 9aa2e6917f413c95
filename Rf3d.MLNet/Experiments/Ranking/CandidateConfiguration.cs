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
    /// <summary>The pretrained network or the file whose weights the training starts from; null where they are drawn.</summary>
    public string? Weights { get; private init; }

    /// <summary>Whether only the last layer is trained, by one pass over the images.</summary>
    public bool IsProbe { get; private init; }

    /// <summary>Epochs of the whole training.</summary>
    public required int Epochs { get; init; }

    /// <summary>Equal for candidates that would be trained alike: the same network, whatever its name, and the same options and weights.</summary>
    public string Identity => Plan is null ? Name : ConvNetJson.Write(Plan.Optimized with { Name = "" }) + TrainedBy(Options) + Weights + Content;

    /// <summary>Hash and normalisation of the pretrained network: a file of the same name may have been replaced. Null for other candidates.</summary>
    private string? Content { get; init; }

    /// <summary>All points of a search space, in its order.</summary>
    /// <param name="settings">The settings, checked.</param>
    /// <param name="labelColumnName">The label.</param>
    /// <param name="data">The training data.</param>
    /// <param name="rows">Number of images to learn from, without those that are held out; null where it is not known or 1,200 at least.</param>
    /// <param name="warn">Receives a warning where the networks of most candidates see little of the images, and one where pretrained weights would help and are missing; null for none.</param>
    /// <exception cref="ArgumentException">A recipe makes options that are out of range.</exception>
    public static IReadOnlyList<CandidateConfiguration> All(Rf3dExperimentSettings settings, string labelColumnName, IDataView data, long? rows, Action<string>? warn = null)
    {
        var (space, shared) = (settings.SearchSpace, settings.TrainerOptions);
        var image = Columns.FindImage(data.Schema, shared.FeatureColumnName, nameof(data));
        var classes = LabelColumn.Find(data.Schema, labelColumnName, nameof(data)).Classes.Length;
        Size2D? found = null;
        IReadOnlyList<Size2D> measured = [];
        string? warning = null, advice = null;
        var sizes = space.ImageSizes.Count == 0 ? [null] : space.ImageSizes.Select(size => (int?)size);
        var all = from size in sizes
                  from origin in CandidateOrigin.All(space, shared.Pretrained)
                  from decomposition in space.Decompositions
                  from recipe in space.Recipes
                  let configuration = Configuration(size, origin, decomposition, recipe)
                  where configuration is not null
                  select configuration;
        // A configuration that "auto" finds may be named as well.
        CandidateConfiguration[] configurations = [.. all.DistinctBy(configuration => configuration.Name, StringComparer.Ordinal)];
        foreach (var text in new[] { warning, advice }.OfType<string>())
            warn?.Invoke(text);
        return configurations;

        CandidateConfiguration? Configuration(int? size, CandidateOrigin origin, Decomposition decomposition, Rf3dRecipe recipe)
        {
            var options = Configured(shared, recipe);
            (options.LabelColumnName, options.Network, options.Decomposition) = (labelColumnName, origin.Network, decomposition);
            (options.Architecture, options.WidthMultiplier) = (origin.IsPretrained ? null : origin.Architecture ?? options.Architecture, origin.Width);
            if (origin.IsAutomatic && options.Pretrained is not PretrainedChoice.Automatic)
                return null;
            options.Pretrained = origin.Pretrained ?? options.Pretrained;
            if (size is not null)
                options.ImageHeight = options.ImageWidth = size;
            var input = origin.Network is null && options.ImageHeight is null
                ? found ??= ImageSizeFinder.FromData(options.GivenImageSize(), data, image, settings.CancellationToken, sizes => measured = sizes)
                : ImageSizeFinder.FromData(options.GivenImageSize(), data, image, settings.CancellationToken);
            options.Organizer = options.Organizer with { MaxMacs = Least(options.Organizer.MaxMacs, settings.MaxMacs), MaxParameters = Least(options.Organizer.MaxParameters, settings.MaxParameters) };
            options = options.CheckedCopy();
            if (origin.IsAutomatic)
            {
                if (PretrainedChoice.OfCandidate(options, input, rows).Network is not { } automatic)
                {
                    advice ??= PretrainedChoice.AdviceOfExperiment(options, input, rows);
                    return null;
                }
                options.Pretrained = automatic.Name;
            }
            var named = origin.Name ?? Path.GetFileName(options.Pretrained);
            try
            {
                var (plan, start) = TrainingPlan.Of(options, input, classes, rows);
                input = new Size2D(plan.Optimized.Input.Height, plan.Optimized.Input.Width);
                if (origin.Network is null && size is null && options.GivenImageSize() is null)
                    warning ??= ImageShapeWarning.Of(options, measured, plan.Optimized.Input);
                var isProbe = start.Network is not null && AdaptationChoice.IsProbe(options.Adaptation, rows ?? long.MaxValue);
                var epochs = EpochChoice.Of(options, rows, start.Network is not null || start.File is not null);
                // A probe has no epochs: a number would count as set by the user.
                options.Epoch = isProbe ? options.Epoch : epochs;
                var content = start.Network is { } known ? $"{known.Sha256} {RunFingerprint.Describe(known.Input.StatisticsFor(input.Height, input.Width))}" : null;
                return Candidate(plan, null, epochs) with { Weights = start.Network?.Name ?? start.File, IsProbe = isProbe, Content = content };
            }
            catch (InvalidOperationException error)
            {
                options.Epoch ??= EpochChoice.Usual;
                return Candidate(null, error.Message, options.Epoch.Value);
            }

            CandidateConfiguration Candidate(NetworkPlan? plan, string? problem, int epochs)
            {
                (options.ImageHeight, options.ImageWidth) = (input.Height, input.Width);
                var sized = input.ToString();
                return new($"{named} {sized} {decomposition} {recipe.Name}", $"{origin.Base ?? named} {sized}", options, plan, problem) { Epochs = epochs };
            }
        }
    }

    private static TrainerOptions Configured(TrainerOptions shared, Rf3dRecipe recipe)
    {
        var options = shared.CheckedCopy();
        recipe.Configure(options);
        if (Rf3dExperimentSettings.ContinuedModel(options).ToList() is { Count: > 0 } errors)
            throw new InvalidOptionsException(errors);
        // The experiment's own business, whatever recipe or settings say.
        (options.CheckpointDirectory, options.ValidationSet, options.RefitOnValidationSet) = (null, null, false);
        return options;
    }

    private static string TrainedBy(TrainerOptions options) => string.Join('\n', RunFingerprint.OfOptions(options)
        .Where(entry => entry.Key is not (nameof(TrainerOptions.Architecture) or nameof(TrainerOptions.WidthMultiplier))
            && !entry.Key.StartsWith(nameof(TrainerOptions.Decomposition), StringComparison.Ordinal))
        .Select(entry => $"{entry.Key} {entry.Value}"));

    private static long? Least(long? one, long? other) => one is null || other < one ? other : one;
}
