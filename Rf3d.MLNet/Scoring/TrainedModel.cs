using System.Collections.Immutable;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>A trained network with all that it takes to write it down again.</summary>
internal sealed record TrainedModel(
    NetworkPlan Plan,
    NetworkLayout Layout,
    WeightTable Weights,
    ChannelStatistics Statistics,
    ImmutableArray<string> Classes,
    ImagePreprocessing Preprocessing,
    bool TestTimeFlip)
{
    /// <summary>How training went; null before it.</summary>
    public TrainingHistory? History { get; init; }

    /// <summary>The mean features of each class; null where they are not known.</summary>
    public ClassDirections? Directions { get; init; }

    /// <summary>The column of the labels in the data that the model was trained on.</summary>
    public required string LabelColumnName { get; init; }

    /// <summary>The column of the probabilities in the data that the model scores.</summary>
    public required string ScoreColumnName { get; init; }

    /// <summary>Height and width of the images that the graph takes.</summary>
    public Size2D Resized => new(Preprocessing.Height, Preprocessing.Width);

    /// <summary>The first steps of the graph for images without transparency, before normalisation.</summary>
    public InputSteps BeforeOpaque => Cropped(InputSteps.None);

    /// <summary>The network without its last layer, as ONNX. Its metadata describes the whole model.</summary>
    public byte[] Backbone()
    {
        var record = new ModelRecord
        {
            Classes = Classes,
            ImageColumnName = Preprocessing.ImageColumnName,
            LabelColumnName = LabelColumnName,
            ScoreColumnName = ScoreColumnName,
            Resizing = Preprocessing.Resizing,
            Resized = Resized == Preprocessing.Crop ? null : Resized,
            Background = Preprocessing.Background,
            Plan = StoredPlan.Of(Plan),
            History = History,
        };
        return OnnxWriter.Backbone(
            Layout,
            Weights,
            Statistics,
            ImagePreprocessing.PixelsColumnName,
            ScoringChain.FeaturesColumnName,
            TestTimeFlip,
            [new(ModelRecord.Key, record.ToJson()), .. Directions is null ? [] : new[] { KeyValuePair.Create(ClassDirections.Key, Directions.ToText()) }],
            Preprocessing.Background is { } background ? Cropped(InputSteps.None.Then(new CompositeStep(background.Values))) : BeforeOpaque);
    }

    /// <summary>The last layer.</summary>
    public ClassifierHead Head() => new(
        Weights[Layout.Classifier.Name + WeightTable.Weight].Values, Weights[Layout.Classifier.Name + WeightTable.Bias].Values);

    private InputSteps Cropped(InputSteps steps) => Resized == Preprocessing.Crop ? steps : steps.Then(new CropStep(Resized, Preprocessing.Crop));
}
