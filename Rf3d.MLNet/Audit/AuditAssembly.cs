using System.Collections.Immutable;
using Rf3d.Planning;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Compares all images of all parts, judges their labels, and puts the result of an audit together.</summary>
internal sealed class AuditAssembly
{
    private const double MostOfLevel = 255;

    private readonly IReadOnlyList<AuditPart> _parts;
    private readonly Size2D _size;
    private readonly ImmutableArray<string> _classes;
    private readonly long[] _labels;
    private readonly DuplicateSets _duplicates;
    private readonly double[] _distances;
    private readonly JudgedLabels _judged;

    /// <param name="parts">The images of each part.</param>
    /// <param name="size">The size that the network saw.</param>
    /// <param name="options">The options.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public AuditAssembly(IReadOnlyList<AuditPart> parts, Size2D size, ImageAuditOptions options, Device device)
    {
        using var scope = NewDisposeScope();
        (_parts, _size) = (parts, size);
        // By name: a test folder may lack a class, and then its keys are others.
        _classes = [.. parts.SelectMany(part => part.Classes).Distinct(StringComparer.Ordinal)];
        _labels = [.. parts.SelectMany(LabelsOf)];
        var features = Joined(part => part.Features);
        (var pairs, _distances) = Compare();
        _duplicates = DuplicateSets.Of([.. parts.SelectMany(part => part.Entries)], pairs);
        Report(ImageAuditPhase.Labels, 0);
        _judged = JudgedLabels.Of(features, _labels, _classes.Length, _duplicates.GroupOf, options, device);

        // One part alone needs no copy.
        Tensor Joined(Func<AuditPart, Tensor> of) => parts.Count == 1 ? of(parts[0]) : cat([.. parts.Select(of)]);

        (List<ImagePair> Pairs, double[] Distances) Compare()
        {
            using var comparison = NewDisposeScope();
            var neighbours = new ImageNeighbours { Report = done => Report(ImageAuditPhase.Comparison, done) };
            return neighbours.Run(features, Joined(part => part.Measures.Thumbnails), _labels, device, options.CancellationToken);
        }

        void Report(ImageAuditPhase phase, long done) =>
            options.ProgressCallback?.Invoke(new(phase, AuditSplit.Training, done, phase is ImageAuditPhase.Comparison ? _labels.Length : 0));
    }

    /// <param name="pretrained">The name of the network.</param>
    public ImageAudit Result(string pretrained)
    {
        var images = _parts.SelectMany(part => part.Rows.Select((row, i) => (part, i))).Select((place, image) => Figures(place.part, place.i, image)).ToArray();
        var limits = QualityLimits.Of(images);
        var members = _duplicates.Members();
        // The kind of a group follows from labels and parts, which findings do not change.
        var kinds = members.Select((group, number) => Group(number, group, images).Kind).ToArray();
        for (var i = 0; i < images.Length; i++)
            images[i] = images[i] with { Findings = [.. Findings(i, images[i], kinds, limits).OrderBy(finding => finding.Kind)] };
        var (judged, predicted) = _judged.Count();
        return new()
        {
            Images = [.. images],
            Duplicates = [.. members.Select((group, number) => Group(number, group, images))],
            Classes = [.. Classes()],
            Unreadable = [.. _parts.SelectMany(part => part.Unreadable)],
            CrossValidatedAccuracy = judged == 0 ? null : (double)predicted / judged,
            AccuracyInterval = judged == 0 ? null : ConfidenceInterval.OfShare(predicted, judged),
            Pretrained = pretrained,
            ImageHeight = _size.Height,
            ImageWidth = _size.Width,
        };
    }

    private IEnumerable<long> LabelsOf(AuditPart part)
    {
        var classes = part.Classes.Select(name => (long)_classes.IndexOf(name)).ToArray();
        return part.Rows.Select(row => classes[row.Label]);
    }

    private AuditedImage Figures(AuditPart part, int place, int image)
    {
        var (row, entry) = (part.Rows[place], part.Entries[place]);
        var pixels = (double)_size.Height * _size.Width;
        var judged = _judged.Images[image];
        return new()
        {
            Split = part.Split,
            Row = row.Row,
            Path = row.Path,
            Label = _classes[(int)_labels[image]],
            LabelProbability = judged?.Probability,
            SuggestedLabel = judged is { } one ? _classes[one.Suggested] : null,
            SuggestedProbability = judged?.SuggestedProbability,
            LabelDoubt = judged?.Doubt,
            OutlierDistance = _distances[image],
            Height = row.Size.Height,
            Width = row.Size.Width,
            Brightness = ((0.299 * entry.Sums.Red) + (0.587 * entry.Sums.Green) + (0.114 * entry.Sums.Blue)) / pixels / MostOfLevel,
            Contrast = Math.Sqrt((Variance(entry.Sums.Red, entry.Squares.Red) + Variance(entry.Sums.Green, entry.Squares.Green) + Variance(entry.Sums.Blue, entry.Squares.Blue)) / 3) / MostOfLevel,
            Sharpness = part.Measures.Sharpness[place],
        };

        double Variance(long sum, long squares) => Math.Max(0, (squares / pixels) - Math.Pow(sum / pixels, 2));
    }

    private IEnumerable<ImageFinding> Findings(int index, AuditedImage image, ImageFindingKind[] kinds, QualityLimits limits)
    {
        if (_judged.Images[index] is { IsDoubted: true, Doubt: var doubt })
            yield return new() { Kind = ImageFindingKind.LabelDoubt, Score = doubt };
        if (_duplicates.GroupOf[index] is >= 0 and var group)
            yield return new() { Kind = kinds[group], Score = _duplicates.Similarity[index] };
        foreach (var finding in limits.Findings(image))
            yield return finding;
    }

    private DuplicateGroup Group(int number, List<int> members, AuditedImage[] images) => new() { Images = [.. members.Select(member => images[member])], Similarity = _duplicates.Least[number] };

    private IEnumerable<AuditedClass> Classes()
    {
        var (images, judged, doubted, suggested, predicted) = (new long[_classes.Length], new long[_classes.Length], new long[_classes.Length], new long[_classes.Length], new long[_classes.Length]);
        for (var i = 0; i < _labels.Length; i++)
        {
            var label = _labels[i];
            images[label]++;
            if (_judged.Images[i] is not { } image)
                continue;
            judged[label]++;
            predicted[label] += image.IsPredicted ? 1 : 0;
            doubted[label] += image.IsDoubted ? 1 : 0;
            suggested[image.Suggested] += image.IsDoubted ? 1 : 0;
        }
        return _classes.Select((name, k) => new AuditedClass
        {
            Name = name,
            Images = images[k],
            Doubted = doubted[k],
            Suggested = suggested[k],
            Threshold = _judged.Thresholds[k],
            Recall = judged[k] == 0 ? null : (double)predicted[k] / judged[k],
        });
    }
}
