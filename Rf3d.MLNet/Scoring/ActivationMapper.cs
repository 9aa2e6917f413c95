using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Image;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Makes class-activation maps: runs a backbone that also gives its last feature map, and weighs that as the last linear layer does.</summary>
internal sealed class ActivationMapper : IDisposable
{
    private readonly MLContext _context = new();
    private readonly FeatureMapGraph _graph;
    private readonly InferenceSession _session;
    private readonly ImmutableArray<string> _classes;
    private readonly ImagePreprocessing _preprocessing;
    private readonly ClassifierHead _head;

    /// <exception cref="NotSupportedException">No map adds up to a score, or the network is of a kind that is not known.</exception>
    /// <exception cref="FormatException">The network cannot be read.</exception>
    public ActivationMapper(byte[] backbone, ImmutableArray<string> classes, ImagePreprocessing preprocessing, ClassifierHead head)
    {
        _graph = FeatureMapGraph.Of(backbone)
            ?? throw new NotSupportedException("The model's network has no class-activation map: it was not written by this library.");
        (_classes, _preprocessing, _head) = (classes, preprocessing, head);
        _session = new InferenceSession(_graph.Model);
    }

    public static ActivationMapper Of(TrainedModel model) => new(model.Backbone(), model.Classes, model.Preprocessing, model.Head());

    /// <exception cref="ArgumentException">There is no such class.</exception>
    public ClassActivationMap Map(MLImage image, string? className)
    {
        var chosen = className is null ? -1 : _classes.IndexOf(className, StringComparer.Ordinal);
        if (className is not null && chosen < 0)
        {
            var some = string.Join(", ", _classes.Take(10).Select(name => $"'{name}'")) + (_classes.Length > 10 ? ", …" : "");
            throw new ArgumentException($"There is no class '{className}'. The model has {some}.", nameof(className));
        }

        var pixels = Pixels(image);
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, _preprocessing.Channels, _graph.Height, _graph.Width]);
        using var options = new RunOptions();
        using var outputs = _session.Run(options, [_graph.Input], [input], [_graph.Features, _graph.Map]);
        var logits = Logits(outputs[0].GetTensorDataAsSpan<float>());
        var shape = outputs[1].GetTensorTypeAndShape().Shape;
        if (chosen < 0)
            chosen = logits.IndexOf(logits.Max());
        var highest = logits.Max();
        var seen = _preprocessing.Crop;
        return new(Seen(new PixelComposer(_preprocessing).Planes(pixels)), seen.Height, seen.Width)
        {
            ClassName = _classes[chosen],
            Probability = (float)(Math.Exp(logits[chosen] - highest) / logits.Sum(logit => Math.Exp(logit - highest))),
            Logit = (float)logits[chosen],
            Bias = _head.Biases[chosen],
            Height = (int)shape[2],
            Width = (int)shape[3],
            Values = Weigh(outputs[1].GetTensorDataAsSpan<float>(), chosen, [.. shape.Select(size => (int)size)]),
        };
    }

    public void Dispose() => _session.Dispose();

    /// <summary>The part of the image that the network sees.</summary>
    private float[] Seen(float[] pixels)
    {
        var (crop, height, width) = (_preprocessing.Crop, _graph.Height, _graph.Width);
        if (crop.Height == height && crop.Width == width)
            return pixels;
        var (top, left) = ((height - crop.Height) / 2, (width - crop.Width) / 2);
        var seen = new float[3 * crop.Height * crop.Width];
        for (var row = 0; row < 3 * crop.Height; row++)
        {
            var (channel, y) = (row / crop.Height, top + (row % crop.Height));
            pixels.AsSpan((((channel * height) + y) * width) + left, crop.Width).CopyTo(seen.AsSpan(row * crop.Width));
        }
        return seen;
    }

    private float[] Pixels(MLImage image)
    {
        var definition = SchemaDefinition.Create(typeof(Row));
        definition[nameof(Row.Image)].ColumnName = _preprocessing.ImageColumnName;
        var data = _context.Data.LoadFromEnumerable([new Row { Image = image }], definition);
        return _preprocessing.Apply(_context.Transforms, data).GetColumn<float[]>(ImagePreprocessing.PixelsColumnName).Single();
    }

    private double[] Logits(ReadOnlySpan<float> features)
    {
        var logits = new double[_classes.Length];
        for (var k = 0; k < logits.Length; k++)
        {
            logits[k] = _head.Biases[k];
            for (var i = 0; i < features.Length; i++)
                logits[k] += (double)_head.Weights[(k * features.Length) + i] * features[i];
        }
        return logits;
    }

    /// <summary>The sum over channels of weight · map, the mean over the image and the mirrored map of its mirror image where there are two.</summary>
    private ImmutableArray<float> Weigh(ReadOnlySpan<float> maps, int chosen, int[] shape)
    {
        var (count, channels, height, width) = (shape[0], shape[1], shape[2], shape[3]);
        var (places, isPooled) = (height * width, _graph.Pooling == HeadPooling.GlobalAverage);
        var row = _head.Weights.AsSpan(chosen * (isPooled ? channels : channels * places), isPooled ? channels : channels * places);
        var sums = new double[places];
        for (var n = 0; n < count; n++)
        {
            for (var channel = 0; channel < channels; channel++)
            {
                for (var place = 0; place < places; place++)
                {
                    // A flattened map has a weight for each place. The sum over places becomes a mean by their number, so that both kinds read alike.
                    var weight = isPooled ? row[channel] : (double)places * row[(channel * places) + place];
                    var column = place % width;
                    sums[n == 0 ? place : place - column + width - 1 - column] += weight * maps[(((n * channels) + channel) * places) + place] / count;
                }
            }
        }
        return [.. sums.Select(sum => (float)sum)];
    }

    private sealed class Row
    {
        // ML.NET asks for a size and does not use it.
        [ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }
}
