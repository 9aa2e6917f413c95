using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>The network that a training plans, the weights that it starts from, and the size of its images.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Start">The weights.</param>
internal sealed record TrainingPlan(NetworkPlan Plan, PretrainedChoice Start)
{
    /// <summary>Height and width that images are resized to. The network sees their middle, as large as its input.</summary>
    public required Size2D Resized { get; init; }

    /// <param name="options">The options.</param>
    /// <param name="size">Size of the images, as found or as asked for.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="images">Number of images; null where it is not known.</param>
    /// <param name="temporary">The folder for ML.NET's temporary files; null for that of the system.</param>
    public static TrainingPlan Of(TrainerOptions options, Size2D size, int classes, long? images, string? temporary = null)
    {
        var start = PretrainedChoice.Of(options, size, images, temporary);
        if (start.Network is not { } known)
            return Of(options, NetworkPlan.Create(options.Describe(size.Height, size.Width, classes), options.Organizer, options.Decomposition), start);
        if (start.Preparation is { } prepared)
            size = prepared.Crop;
        else if (options.GivenImageSize() is null)
            size = PretrainedSize.Of(size, known.Input);
        var network = known.For(size.Height, size.Width, classes);
        return Of(options, options.ContinueFrom is null ? Of(options, known, network) : Unchanged(options, network), start);
    }

    /// <param name="options">The options.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="start">The weights.</param>
    public static TrainingPlan Of(TrainerOptions options, NetworkPlan plan, PretrainedChoice start)
    {
        if (start.Preparation is { } prepared && prepared.Crop == new Size2D(plan.Optimized.Input.Height, plan.Optimized.Input.Width))
            return new(plan, start) { Resized = new(prepared.Height, prepared.Width) };
        // The other ways to resize keep all of an image.
        var isCropped = options.Resizing is ImageResizingEstimator.ResizingKind.IsoCrop;
        var input = plan.Optimized.Input;
        // What long images show is at their ends, too.
        var isLong = Math.Max(input.Height, input.Width) >= ImageSizeChoice.LeastLengthOfRectangle * Math.Min(input.Height, input.Width);
        var share = options.CropFraction ?? (isCropped ? ShareOfStart() : null) ?? 1;
        return new(plan, start) { Resized = new(PretrainedInput.ShortSide(input.Height, share), PretrainedInput.ShortSide(input.Width, share)) };

        double? ShareOfStart() => start.Network is { } known ? isLong ? 1 : known.Input.CropShare : (start.File is { } file ? WarmStartSource.CropShareOf(file) : null);
    }

    /// <summary>Whether the options limit what the network costs.</summary>
    internal static bool IsBudgeted(TrainerOptions options) => options is not { Organizer: { MaxMacs: null, MaxParameters: null }, Decomposition: { MaxMacs: null, MaxParameters: null } };

    private static NetworkPlan Of(TrainerOptions options, PretrainedNetwork known, ConvNet network)
    {
        var plan = NetworkPlan.Create(network, options.Organizer, options.Decomposition);
        return IsBudgeted(options) || KeptShare(known.For(network.Input.Height, network.Input.Width, network.Classes), plan.Optimized) >= options.MinKeptShare
            ? plan
            : Unchanged(options, network);
    }

    private static NetworkPlan Unchanged(TrainerOptions options, ConvNet network) => NetworkPlan.Create(network, OrganizerOptions.Off with { ReceptiveField = options.Organizer.ReceptiveField });

    /// <summary>Share of the parameters that both networks have at the same place, the classifier aside.</summary>
    internal static double KeptShare(ConvNet known, ConvNet planned)
    {
        var (before, after) = (Parameters(known), Parameters(planned));
        return (double)before.Sum(layer => after.TryGetValue(layer.Key, out var count) && count == layer.Value ? layer.Value : 0) / before.Values.Sum();

        static Dictionary<string, long> Parameters(ConvNet network)
        {
            var layout = NetworkLayout.Of(network);
            return NetworkCost.Of(layout).Layers.Where(layer => layer.Name != layout.Classifier.Name).ToDictionary(layer => layer.Name, layer => layer.Parameters);
        }
    }
}
