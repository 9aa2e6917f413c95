using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder;

/// <summary>A model to report on, fresh from its training or out of its .zip.</summary>
/// <param name="Classes">Names of the classes, in the order of the scores.</param>
/// <param name="Transform">Adds scores to data.</param>
/// <param name="Map">Class-activation maps.</param>
/// <param name="Background">The colour that it sees behind transparent pixels; null where it looks at red, green and blue alone.</param>
/// <param name="Plan">The plan.</param>
/// <param name="History">How training went; null where the model does not say.</param>
internal sealed record ReportedModel(
    ImmutableArray<string> Classes,
    Func<IDataView, IDataView> Transform,
    Func<MLImage, string, ClassActivationMap> Map,
    RgbColor? Background,
    NetworkPlan Plan,
    TrainingHistory? History)
{
    /// <summary>Scores images in batches, for a device that is slow with one at a time; null to score by <see cref="Transform"/>.</summary>
    public Func<IEnumerable<MLImage>, IEnumerable<ImagePrediction>>? Predict { get; init; }

    public static ReportedModel Of(Rf3dImageClassificationTransformer model) =>
        new(model.Classes, model.Transform, model.GetClassActivationMap, model.Background, model.Plan, model.History);

    public static ReportedModel Of(Rf3dSavedModel file) =>
        new(file.Classes, file.Transform, file.GetClassActivationMap, file.Background, file.Plan, file.History)
        {
            Predict = file.Device == "cpu" ? null : images => file.Predict(images),
        };
}
