using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.MLNet;
using Rf3d.MLNet.Tests.Images;
using Rf3d.Planning;
using static TorchSharp.torch;

namespace Rf3d.Benchmarks;

/// <summary>Photographs at one size, and their features from the whole network and the organized ones. Features are computed when they are first asked for.</summary>
internal sealed class OrganizedFeatures : IDisposable
{
    public const string Whole = "whole";
    public const string Organized = "organized";
    public const string Matched = "organized, matched";

    /// <summary>The organizer's budget, as a share of the whole network's parameters.</summary>
    public const double ShareOfParameters = 0.6;

    public static readonly string[] Networks = [Whole, Organized, Matched];

    private readonly PretrainedNetwork _known = PretrainedReader.Open("resnet18.mlnet_in1k");
    private readonly IReadOnlyList<Photograph> _photographs;
    private readonly ChannelStatistics _statistics;
    private readonly NetworkLayout _whole;
    private readonly NetworkLayout _organized;
    private readonly Dictionary<string, ImageFeatures> _features = [];
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();
    private ImageSet? _images;
    private FeatureMatch? _match;

    /// <param name="photographs">The photographs.</param>
    /// <param name="size">Height and width that the networks see.</param>
    public OrganizedFeatures(IReadOnlyList<Photograph> photographs, int size)
    {
        (_photographs, Size) = (photographs, size);
        var network = _known.For(size, size, photographs.DistinctBy(photograph => photograph.Name).Count());
        var most = (long)(ShareOfParameters * network.GetCost().Parameters);
        (_whole, _organized) = (NetworkLayout.Of(network), NetworkLayout.Of(NetworkPlan.Create(network, new OrganizerOptions { MaxParameters = most }).Optimized));
        _statistics = _known.Input.StatisticsFor(size, size);
    }

    public int Size { get; }

    public NetworkCost CostOf(string network) => NetworkCost.Of(LayoutOf(network));

    public string UnitsOf(string network) => $"[{string.Join(", ", LayoutOf(network).Network.GetStageDepths())}]";

    public string Note(string network) => network == Matched && _match is { } match
        ? string.Create(CultureInfo.InvariantCulture, $"{UnitsOf(network)}, distance {match.Before:0.00} before and {match.After:0.00} after {match.Steps} steps")
        : UnitsOf(network);

    /// <summary>Whether each photograph is classified correctly, and its loss, by a classifier that did not learn it.</summary>
    /// <param name="network">A name of <see cref="Networks"/>.</param>
    /// <param name="count">Number of folds.</param>
    /// <param name="seed">Spreads the photographs over the folds.</param>
    public (bool[] Hits, double[] Losses) CrossValidate(string network, int count, int seed)
    {
        if (!_features.TryGetValue(network, out var features))
            _features[network] = features = Features(network);
        var folds = StratifiedFolds.Of(features.Labels, count, seed);
        var (hits, losses) = (new bool[features.Labels.Length], new double[features.Labels.Length]);
        for (var fold = 0; fold < folds.Count; fold++)
        {
            using var scope = NewDisposeScope();
            var held = folds.HeldOut(fold);
            long[] learned = [.. Enumerable.Range(0, hits.Length).Select(image => (long)image).Except(held)];
            var rows = tensor(learned);
            var result = new LinearProbe(CPU).Run(
                new(features.Features.index_select(0, rows), features.Mirrored!.index_select(0, rows), Array.ConvertAll(learned, image => features.Labels[image])), LayoutOf(network).Network.Classes, null, seed, default);
            var logits = nn.functional.linear(features.Features.index_select(0, tensor(held)), tensor(result.Weights).view(LayoutOf(network).Network.Classes, -1), tensor(result.Biases));
            var probabilities = nn.functional.log_softmax(logits, 1).data<float>().ToArray().Chunk(LayoutOf(network).Network.Classes).ToArray();
            foreach (var (image, scores) in held.Zip(probabilities))
                (hits[image], losses[image]) = (Array.IndexOf(scores, scores.Max()) == features.Labels[image], -scores[features.Labels[image]]);
        }
        return (hits, losses);
    }

    public void Dispose()
    {
        _images?.Dispose();
        _scope.Dispose();
        _features.Clear();
    }

    private NetworkLayout LayoutOf(string network) => network == Whole ? _whole : _organized;

    private ImageFeatures Features(string network)
    {
        _images ??= Load();
        using var scope = NewDisposeScope();
        var layout = LayoutOf(network);
        using var extraction = new OnnxFeatureExtraction(layout, Weights(network), _statistics);
        var features = extraction.Run(new(_images, arange(_images.Count)), mirror: true, _ => { }, default);
        return new(features.Features.DetachFromDisposeScope(), features.Mirrored!.DetachFromDisposeScope(), features.Labels);
    }

    private WeightTable Weights(string network)
    {
        using var generator = new Generator(1);
        var layout = LayoutOf(network);
        using var drawn = new TorchNetwork(layout, generator);
        var planned = _known.For(layout, drawn.Export());
        if (network != Matched)
            return planned.Weights;
        using var scope = NewDisposeScope();
        using var batches = new BatchSource(_images!, _statistics, CPU);
        var count = Math.Min(FeatureMatching.MostImages, _images!.Count);
        var chosen = arange(count).mul(_images.Count).div(count, RoundingMode.floor).to(ScalarType.Int64);
        _match = new FeatureMatching(CPU) { Seed = 1 }
            .Run(NetworkLayout.Of(_known.Network), _known.Weights, layout, planned, rows => batches.Load(chosen.index_select(0, rows)), count, default);
        Console.WriteLine(Note(network));
        return _match.Weights;
    }

    private ImageSet Load()
    {
        using var scope = NewDisposeScope();
        var mlContext = new MLContext(1);
        var resized = _known.Input.ShortSide(Size);
        var preprocessing = new ImagePreprocessing { ImageColumnName = "Image", Height = resized, Width = resized };
        var images = preprocessing.Apply(mlContext.Transforms, Photograph.Load(mlContext, _photographs, _photographs));
        var pixels = stack(images.GetColumn<float[]>(ImagePreprocessing.PixelsColumnName).Select(image => tensor(image).view(3, resized, resized).permute(1, 2, 0).to(ScalarType.Byte)));
        var labels = tensor(images.GetColumn<uint>("Label").Select(label => (long)label - 1).ToArray());
        return ImageSets.Of(pixels, labels, new(Size, Size));
    }
}
