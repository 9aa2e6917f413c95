using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>A batch to learn from.</summary>
/// <param name="Images">[n, 3, height, width], normalized, in channels-last strides.</param>
/// <param name="Labels">[n], int64: the class that has most of each image.</param>
/// <param name="Targets">[n, classes]: how much of each image each class has; null where the labels say all.</param>
internal sealed record TrainingBatch(Tensor Images, Tensor Labels, Tensor? Targets);

/// <summary>Makes training batches: everything random that happens to an image before the network sees it.</summary>
/// <param name="source">The images.</param>
/// <param name="settings">Their augmentation.</param>
/// <param name="classes">Number of classes.</param>
/// <param name="generator">Draws all that is random. Of the CPU.</param>
/// <param name="indexed">The same images where crops are looked up on the device; null where they are not.</param>
internal sealed class Augmenter(BatchSource source, TrainingSettings settings, int classes, Generator generator, IndexedBatches? indexed = null)
{
    private readonly AugmentationOptions _options = settings.Recipe.Augmentation;
    private readonly FlipAlternation _turns = new(settings.Seed);
    private readonly RandomDraws _draws = new(generator, settings.Device);

    /// <param name="indices">The images, as rows of their set.</param>
    /// <param name="epoch">The epoch.</param>
    /// <returns>Tensors in the caller's scope.</returns>
    public TrainingBatch Make(Tensor indices, int epoch)
    {
        var (images, labels) = Moved(indices, settings.Recipe.RandomFlip ? () => Mirrored(indices, epoch) : null);
        images = source.Normalized(images);
        Erasing.Apply(images, _options, _draws);
        if (_options is { MixUpAlpha: 0, CutMixAlpha: 0 })
            return new(Planes(images), labels, null);

        var targets = nn.functional.one_hot(labels, classes).to(ScalarType.Float32);
        var mixUp = _options.CutMixAlpha == 0 || (_options.MixUpAlpha > 0 && _draws.Coin());
        (images, targets) = mixUp
            ? ImageMixing.MixUp(images, targets, _options.MixUpAlpha, _draws)
            : ImageMixing.CutMix(images, targets, _options.CutMixAlpha, _draws);
        return new(Planes(images), targets.argmax(1), targets);
    }

    /// <summary>Whether crops and flips are all that happens before normalisation.</summary>
    private bool KeepsColoursAndShapes =>
        _options is { ResizedCropScale: 1, RotationDegrees: 0, Brightness: 0, Contrast: 0, Saturation: 0, Hue: 0, RandAugment: null };

    private (Tensor Images, Tensor Labels) Moved(Tensor indices, Func<Tensor>? mirrored)
    {
        if (indexed is null)
            return (Coloured(source.LoadCroppedAndFlipped(indices, settings.Recipe.RandomCrop ? _options.CropPaddingFraction : 0, mirrored, _options.CropPaddingMode, generator)), source.Labels(indices));
        var (bytes, labels) = indexed.Take(indices, mirrored, generator);
        return (KeepsColoursAndShapes ? bytes : Coloured(BatchSource.Floats(bytes)), labels);
    }

    // Balanced sampling draws an image several times in an epoch, which turns would show alike.
    private Tensor Mirrored(Tensor indices, int epoch) =>
        _options.AlternatingFlip && !settings.Recipe.BalancedSampling ? _turns.Of(indices, epoch) : rand([indices.shape[0]], generator: generator).IsBelow(0.5);

    // Rows of pixels with their channels side by side are channels-last planes; some operations leave another order behind.
    private static Tensor Planes(Tensor images) => images.contiguous().permute(0, 3, 1, 2);

    /// <summary>Geometry and colours. [n, height, width, 3], RGB from 0 to 255, in and out.</summary>
    private Tensor Coloured(Tensor images)
    {
        var (count, height, width) = (images.shape[0], (int)images.shape[1], (int)images.shape[2]);
        var random = _options.RandAugment is { } rand ? new RandAugmenter(rand, count, _draws) : null;
        List<Tensor> maps = [];
        if (_options.ResizedCropScale < 1)
            maps.Add(Part(count));
        if (_options.RotationDegrees > 0)
            maps.Add(AffineMaps.Rotation(_draws.Uniform(count, -_options.RotationDegrees, _options.RotationDegrees).Times(Math.PI / 180), height, width));
        if (random is not null)
            maps.Add(random.Maps(height, width));
        if (maps.Count > 0)
            images = AffineMaps.Resample(images, maps.Aggregate((all, map) => all.bmm(map)));
        return ColourJitter.Apply(random is null ? images : random.Colours(images), _options, _draws);
    }

    private Tensor Part(long count)
    {
        var area = _draws.Uniform(count, _options.ResizedCropScale, 1);
        var ratio = _draws.Ratio(count, 3 / 4.0, 4 / 3.0);
        var (width, height) = ((area * ratio).sqrt().AtMostInPlace(1), (area / ratio).sqrt().AtMostInPlace(1));
        return AffineMaps.Part(width, height, _draws.Uniform(count, -1, 1) * width.SubtractedFrom(1), _draws.Uniform(count, -1, 1) * height.SubtractedFrom(1));
    }
}
