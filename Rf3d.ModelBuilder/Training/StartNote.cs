using Rf3d.MLNet;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.ModelBuilder;

/// <summary>Says where small images may be classified better by a pretrained network, from which they do not start by themselves.</summary>
internal static class StartNote
{
    // As measured: docs/journal.md, "Few small images".
    private const long FewImages = 5_000;

    /// <param name="options">The options of the training, as set by the user.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="images">Images to learn from.</param>
    /// <returns>Null for photographs, for many images, and where the options say what training starts from, how large the images are or what the network may cost.</returns>
    public static string? Of(TrainerOptions options, NetworkPlan plan, long images)
    {
        var name = PretrainedWeights.Names[0];
        var isOpen = options is { Pretrained: "auto", ContinueFrom: null, Network: null, Architecture: null, WidthMultiplier: 1, ImageHeight: null, Organizer: { MaxMacs: null, MaxParameters: null }, Decomposition: { MaxMacs: null, MaxParameters: null } };
        if (!isOpen || images > FewImages || !ConvNetFactory.IsCifarForm(plan.Original.Input.Height, plan.Original.Input.Width))
            return null;
        var install = PretrainedWeights.Find(name) is null ? $" (first: rf3d install-weights {name})" : "";
        return $"Small images start from random weights. If they are photographs, --pretrained {name}{install} classifies a few thousand of them better, at several times the cost of a prediction; characters and drawings it classifies worse.";
    }
}
