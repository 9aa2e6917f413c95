using System.Collections.Immutable;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>One thing that a graph does to its images before the network sees them.</summary>
internal abstract record InputStep
{
    /// <summary>The shape of the images that go in, where those of <paramref name="output"/> come out.</summary>
    public virtual TensorShape InputOf(TensorShape output) => output;

    /// <summary>Adds the nodes of the step to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="images">The value that goes in, [batch, channels, height, width].</param>
    /// <returns>The value that comes out.</returns>
    public abstract string Write(OnnxGraphBuilder graph, string images);
}

/// <summary>The steps at the head of a graph, in order: the first one reads the graph's input, the last one gives the network's.</summary>
internal sealed record InputSteps(ImmutableArray<InputStep> Steps)
{
    public static InputSteps None { get; } = new([]);

    public InputSteps Then(InputStep step) => new(Steps.Add(step));

    /// <summary>The shape of the graph's images, for a network that reads those of <paramref name="network"/>.</summary>
    public TensorShape InputOf(TensorShape network) => Steps.Reverse().Aggregate(network, (shape, step) => step.InputOf(shape));

    /// <returns>The value that the network reads.</returns>
    public string Write(OnnxGraphBuilder graph, string images) => Steps.Aggregate(images, (value, step) => step.Write(graph, value));
}

/// <summary>Subtracts the mean of each channel, or of each pixel where there is a mean image, and divides by the channel's standard deviation.</summary>
/// <param name="Statistics">Means and deviations.</param>
/// <param name="Size">Size of the images.</param>
internal sealed record NormalizationStep(ChannelStatistics Statistics, Size2D Size) : InputStep
{
    public const string MeanName = "normalize.mean";
    public const string FactorName = "normalize.factor";

    public override string Write(OnnxGraphBuilder graph, string images)
    {
        var mean = Statistics.MeanImage is { } image
            ? graph.AddInitializer(MeanName, [1, 3, Size.Height, Size.Width], image)
            : graph.AddInitializer(MeanName, [1, 3, 1, 1], Statistics.Mean);
        var factor = graph.AddInitializer(FactorName, [1, 3, 1, 1], Array.ConvertAll(Statistics.StandardDeviation, deviation => 1 / deviation));
        graph.AddNode("Sub", [images, mean], ["normalize.centred"]);
        graph.AddNode("Mul", ["normalize.centred", factor], ["normalize.output"]);
        return "normalize.output";
    }
}
