using System.Globalization;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>Which weights a training starts from, by options and images.</summary>
/// <param name="Network">A network that learned elsewhere, from which the plan starts; null for none.</param>
/// <param name="File">A file of this trainer, or weights for a network that the options name; null for none.</param>
/// <param name="Reason">For the log; null where there is nothing to say.</param>
internal sealed record PretrainedChoice(PretrainedNetwork? Network, string? File, string? Reason)
{
    public const string Automatic = "auto";
    public const string Nothing = "none";

    /// <summary>Above it a training from nothing has enough to learn from.</summary>
    private const long MostImages = 20_000;

    /// <summary>Up to it small photographs are better enlarged for a pretrained network (docs/journal.md), at a cost that is not taken on unasked.</summary>
    private const long FewSmallImages = 5_000;

    /// <summary>The values of the option, for errors.</summary>
    public static string Values => $"{Automatic}, {Nothing}, a file, and {string.Join(", ", PretrainedWeights.Names)}";

    private static readonly OptionName Option = new(nameof(TrainerOptions.Pretrained));

    /// <summary>The saved model that <see cref="Network"/> is of; null for other networks.</summary>
    public ContinuedModel? Model { get; private init; }

    /// <summary>How the images of that model are prepared, which is how those of the training are; null for other networks.</summary>
    public ImagePreprocessing? Preparation { get; private init; }

    /// <summary>Whether that model scores with mirror images, and therefore the model of the training does; false for other networks.</summary>
    public bool ScoresMirrored { get; private init; }

    /// <summary>Whether <see cref="Reason"/> says how to do better, or which values are not used.</summary>
    public bool IsAdvice { get; private init; }

    /// <summary>Whether it is a name that is known, with or without its weights on this machine, or a file.</summary>
    public static bool IsKnown(string name) => name is Automatic or Nothing || PretrainedManifest.Find(name) is not null || System.IO.File.Exists(name);

    /// <param name="options">The options.</param>
    /// <param name="size">Size of the images, as found or as asked for.</param>
    /// <param name="images">Number of images; null where it is not known.</param>
    /// <param name="temporary">The folder for ML.NET's temporary files; null for that of the system.</param>
    /// <exception cref="OptionConflictException">The name is not known, the weights are not on this machine, or they are of another architecture.</exception>
    /// <exception cref="FormatException">The file is damaged, or of another kind.</exception>
    public static PretrainedChoice Of(TrainerOptions options, Size2D size, long? images, string? temporary = null) => options.ContinueFrom is { } model ? OfModel(options, model, temporary) : options.Pretrained switch
    {
        Nothing => new(null, null, null),
        Automatic => OfImages(options, size, images),
        var name when IsForNamedNetwork(options, name) => new(null, name, null),
        var name => new(Open(options, name), null, $"Starting from '{name}', as set."),
    };

    /// <exception cref="OptionConflictException">The file is no model, or an option is set to another value than the model has.</exception>
    private static PretrainedChoice OfModel(TrainerOptions options, string path, string? temporary)
    {
        var saved = Open();
        var ofPreset = ContinuedPreparation.Check(options, saved, path);
        var given = ofPreset.Count == 0 ? "" : $" The preset {options.Preset} has other values of {string.Join(", ", ofPreset)}, which are not used.";
        var mirrored = saved.ScoresMirrored && !options.TestTimeFlip ? $" Images are scored with their mirror images ({new OptionName(nameof(options.TestTimeFlip))}), as by that model." : "";
        return new(saved.Network, null, $"Continuing from the model '{path}': its network and the preparation of its images stay as they are.{mirrored}{given}")
        {
            Model = saved.Model, Preparation = saved.Preparation, ScoresMirrored = saved.ScoresMirrored, IsAdvice = ofPreset.Count > 0,
        };

        SavedModelNetwork Open()
        {
            try
            {
                return SavedModelNetwork.Read(path, temporary);
            }
            catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or FormatException or InvalidDataException)
            {
                throw new OptionConflictException($"{new OptionName(nameof(TrainerOptions.ContinueFrom))} is '{path}': {error.Message}", error);
            }
        }
    }

    private static PretrainedChoice OfImages(TrainerOptions options, Size2D size, long? images)
    {
        var name = PretrainedWeights.Names[0];
        if (options.Network is not null || options.Architecture is not null || options.WidthMultiplier != 1)
            return new(null, null, options.Network is null && !IsSmall(size) && !(images > MostImages) && PretrainedWeights.Find(name) is not null ? AdviceOfNetwork(name) : null);
        if (images > MostImages)
            return new(null, null, IsSmall(size) ? null : AdviceOfMany(name)) { IsAdvice = !IsSmall(size) && PretrainedWeights.Find(name) is not null };
        if (IsSmall(size))
            return new(null, null, images <= FewSmallImages && MayEnlarge(options, size) ? AdviceOfSmall(name, images < AdaptationChoice.FewestImagesToTune) : null);
        return PretrainedWeights.Find(name) is null
            ? new(null, null, WithoutWeights(name, WeightsPlaces.FindPart(PretrainedManifest.Require(name)))) { IsAdvice = true }
            : new(Open(options, name), null, $"Starting from '{name}': its weights are on this machine, and the images are photographs.");
    }

    /// <summary>
    /// The same for a candidate of an experiment, which is compared with networks that start from random weights. Which of them classifies a few hundred small images better depends on what the images show
    /// (docs/journal.md), so that the pretrained network is a candidate there, too: enlarged, unless the options say how many pixels it sees, or what it may cost.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <param name="size">Size of the images, as found or as asked for.</param>
    /// <param name="images">Number of images; null where it is not known.</param>
    /// <exception cref="OptionConflictException">The weights are of another architecture.</exception>
    public static PretrainedChoice OfCandidate(TrainerOptions options, Size2D size, long? images)
    {
        var name = PretrainedWeights.Names[0];
        return MayEnlarge(options, size) && images < AdaptationChoice.FewestImagesToTune && PretrainedWeights.Find(name) is not null ? new(Open(options, name), null, null) : Of(options, size, images);
    }

    /// <summary>The advice of an experiment whose candidates all start from random weights because pretrained ones are not on this machine; null where they would be no candidate.</summary>
    /// <param name="options">The options of the candidate.</param>
    /// <param name="size">Size of the images, as found or as asked for.</param>
    /// <param name="images">Number of images; null where it is not known.</param>
    public static string? AdviceOfExperiment(TrainerOptions options, Size2D size, long? images)
    {
        var name = PretrainedWeights.Names[0];
        var isCandidate = IsSmall(size) ? MayEnlarge(options, size) && images < AdaptationChoice.FewestImagesToTune : !(images > MostImages);
        return isCandidate && PretrainedWeights.Find(name) is null
            ? $"All candidates start from random weights. Pretrained weights would be a candidate, too, and classify {(IsSmall(size) ? "small photographs better and characters worse" : "photographs better, especially a few hundred of them")}: 'rf3d install-weights {name}' or PretrainedWeights.InstallAsync downloads them once. Begin the experiment again afterwards, in another folder."
            : null;
    }

    private static bool MayEnlarge(TrainerOptions options, Size2D size) =>
        options is { Pretrained: Automatic, ContinueFrom: null, Network: null, Architecture: null, WidthMultiplier: 1 } && IsSmall(size) && options.GivenImageSize() is null && !TrainingPlan.IsBudgeted(options);

    private static bool IsSmall(Size2D size) => ConvNetFactory.IsCifarForm(size.Height, size.Width);

    private static string AdviceOfNetwork(string name) =>
        $"Starting from random weights, because {new OptionName(nameof(TrainerOptions.Architecture))} or {new OptionName(nameof(TrainerOptions.WidthMultiplier))} is set. Without them training starts from '{name}', whose weights are on this machine, which classifies photographs better, especially a few hundred of them.";

    private static string AdviceOfMany(string name) =>
        $"Starting from random weights, as always with more than {MostImages.ToString("N0", CultureInfo.InvariantCulture)} images. If each class has few of them, pretrained weights may classify them better: {Option} '{name}'.";

    private static string AdviceOfSmall(string name, bool isCompared)
    {
        var experiment = isCompared ? " An experiment compares both, if the weights are on this machine." : "";
        return $"Starting from random weights, as always with small images. Up to a few thousand small photographs are classified better by a pretrained network that sees them enlarged ({Option} '{name}'), at several times the cost of a prediction; characters are classified worse.{experiment}";
    }

    /// <summary>The advice where photographs start from random weights.</summary>
    /// <param name="name">The weights that they could start from.</param>
    /// <param name="part">The one of their files that is there; null for none.</param>
    internal static string WithoutWeights(string name, PartialWeights? part)
    {
        var found = part is null ? "" : $" {part.Describe(PretrainedManifest.Require(name))}";
        return $"Starting from random weights.{found} Pretrained weights classify photographs better, especially a few hundred of them: 'rf3d install-weights {name}' or PretrainedWeights.InstallAsync downloads them once.";
    }

    /// <exception cref="OptionConflictException">The name is not known, or the weights are not on this machine.</exception>
    /// <exception cref="FormatException">The file is damaged, or of another kind.</exception>
    internal static PretrainedNetwork Open(string name)
    {
        try
        {
            return PretrainedReader.Open(name);
        }
        catch (Exception error) when (error is ArgumentException or FileNotFoundException or InvalidDataException)
        {
            throw new OptionConflictException($"{Option} is '{name}': {error.Message}", error);
        }
    }

    private static PretrainedNetwork Open(TrainerOptions options, string name)
    {
        // Before a state_dict is read: it may have the weights of that other network. Any other file may be none of weights at all, which is said first.
        if (PretrainedManifest.Find(name) is not null || WeightsFile.KindOf(name) is WeightsFileKind.StateDict)
            RequireNoOtherNetwork(options, name);
        var network = Read();
        RequireNoOtherNetwork(options, name);
        if (options.Architecture is { } wanted && network.Architecture != wanted)
        {
            throw new OptionConflictException(
                $"{Option} is '{name}', whose network is {network.Architecture?.ToString() ?? network.Network.Name}, but {new OptionName(nameof(options.Architecture))} is {wanted}. Leave {new OptionName(nameof(options.Architecture))} out, or choose other weights.");
        }
        return network;

        PretrainedNetwork Read()
        {
            try
            {
                return Open(name);
            }
            catch (FormatException error)
            {
                throw new FormatException($"{error.Message} The .zip of a model of this trainer, or one of its checkpoints, is possible as well.", error);
            }
        }
    }

    /// <summary>The plan starts from a pretrained network, in the width that it learned with.</summary>
    private static void RequireNoOtherNetwork(TrainerOptions options, string name)
    {
        OptionName network = new(nameof(options.Network)), width = new(nameof(options.WidthMultiplier));
        if (options.Network is { } own)
        {
            throw new OptionConflictException(
                $"{Option} is '{name}', a network of its own to start from, and {network} is another one, '{own.Name}'. Leave one of them out; or give {network} weights that are its own: a model or checkpoint of this trainer, or .safetensors with the names of its layers.");
        }
        if (options.WidthMultiplier != 1)
        {
            throw new OptionConflictException(
                $"{Option} is '{name}', and {width} is {options.WidthMultiplier}: a pretrained network keeps its width. Leave {width} out and set a budget for a smaller network ({new OptionName("Organizer.MaxMacs")}, {new OptionName("Organizer.MaxParameters")}), or set {Option} to \"{Nothing}\".");
        }
    }

    /// <summary>Whether the weights go into a network that the options name, layer by layer: those of this trainer, and tensors by name where there is such a network.</summary>
    internal static bool IsForNamedNetwork(TrainerOptions options, string path)
    {
        if (PretrainedManifest.Find(path) is not null)
            return false;
        return WeightsFile.KindOf(path) switch
        {
            null => options.Network is not null,
            WeightsFileKind.OtherZip => true,
            WeightsFileKind.SafeTensors => options.Network is not null || options.Architecture is not null || IsCheckpoint(path),
            _ => false,
        };
    }

    // A damaged one is explained by the reader of checkpoints.
    private static bool IsCheckpoint(string path)
    {
        using var file = System.IO.File.OpenRead(path);
        try
        {
            return Checkpoint.Is(SafeTensors.Read(file));
        }
        catch (FormatException)
        {
            return true;
        }
    }
}
