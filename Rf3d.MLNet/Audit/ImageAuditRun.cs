using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>A part of a data set as an audit read it, before images are compared and labels judged.</summary>
/// <param name="Parts">The parts of the data set.</param>
/// <param name="Pretrained">The name of the network.</param>
/// <param name="Size">The size of the images that it saw.</param>
/// <param name="Device">Where to compute.</param>
internal sealed record AuditReading(IReadOnlyList<AuditPart> Parts, string Pretrained, Size2D Size, torch.Device Device) : IDisposable
{
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ImageAudit Judge(ImageAuditOptions options) => new AuditAssembly(Parts, Size, options, Device).Result(Pretrained);

    public void Dispose()
    {
        foreach (var part in Parts)
            part.Dispose();
    }
}

/// <summary>Reads the images of an audit: the network runs over them once, part by part, so that the pixels of one part alone are in memory.</summary>
internal sealed class ImageAuditRun(IHostEnvironment environment, ImageAuditOptions options)
{
    private readonly TransformsCatalog _transforms = MLNetInternals.CreateTransforms(environment);

    /// <param name="parts">The parts, the training images first.</param>
    public AuditReading Read(IReadOnlyList<(AuditSplit Split, IDataView Data)> parts)
    {
        var labels = parts.Select(part =>
        {
            Columns.FindImage(part.Data.Schema, options.FeatureColumnName, NameOf(part.Split));
            return LabelColumn.Find(part.Data.Schema, options.LabelColumnName, NameOf(part.Split), fewest: 1);
        }).ToList();
        TorchNative.EnsureLoaded();
        using var channel = environment.Start(nameof(ImageAuditCatalog.AuditImages));
        var known = AuditNetwork.Open(options.Pretrained);
        var device = DeviceChoice.Choose(options.Device, deterministic: false, environment, channel.Warning);
        var size = SizeOf(parts[0].Data, known.Input);
        var network = AuditNetwork.Of(known, size);
        channel.Info($"Features of '{network.Name}' of {size} images, on {device}.");
        List<AuditPart> read = [];
        try
        {
            for (var i = 0; i < parts.Count; i++)
                read.Add(Read(parts[i].Split, parts[i].Data, labels[i], network, size, device, channel));
        }
        catch
        {
            foreach (var part in read)
                part.Dispose();
            throw;
        }
        return new(read, network.Name, size, device);
    }

    private AuditPart Read(AuditSplit split, IDataView data, LabelColumn label, AuditNetwork network, Size2D size, torch.Device device, IChannel channel)
    {
        using var scope = torch.NewDisposeScope();
        var sizes = new ConcurrentDictionary<DataViewRowId, Size2D>();
        using var images = Loader(size, device, channel, (id, image) => sizes[id] = new(image.Height, image.Width)).Load(data, NameOf(split), isShuffled: false);
        var rows = AuditPart.ReadRows(data, label, options.PathColumnName, sizes, options.CancellationToken);
        if (rows.Length != images.Count)
            throw new InvalidOperationException($"The {NameOf(split)} data had {images.Count} images with a label when it was read first, and {rows.Length} after that. An audit reads the data several times: it must have the same rows each time.");
        var measures = new PixelMeasures(images.Count);
        try
        {
            var extraction = new FeatureExtraction(network.Layout, network.Weights, network.Statistics, device) { Observe = measures.Add };
            var features = extraction.Run(new(images, TensorArithmetic.Range(images.Count)), mirror: false, Report, options.CancellationToken).Features;
            return new(split, label.Classes, rows, images.Index.Images, features.DetachFromDisposeScope(), measures) { Unreadable = AuditPart.Skipped(data, split) };
        }
        catch
        {
            measures.Dispose();
            throw;
        }

        void Report(long done) => options.ProgressCallback?.Invoke(new(ImageAuditPhase.Features, split, done, images.Count));
    }

    private ImageLoader Loader(Size2D size, torch.Device device, IChannel channel, Action<DataViewRowId, MLImage> observe)
    {
        var preprocessing = new ImagePreprocessing
        {
            ImageColumnName = options.FeatureColumnName,
            Height = size.Height,
            Width = size.Width,
            Background = options.Background,
            Observe = observe,
        };
        var caches = new ImageCaches(null, MLNetInternals.GetTempFilePath(environment), preprocessing, channel.Info, channel.Warning);
        var reading = new ImageReadingOptions(ImageStorage.Auto, options.MaxImageMemory, null, Deterministic: false, BalancedSampling: false);
        return new(reading, options.LabelColumnName, preprocessing, _transforms, caches, device, channel, options.CancellationToken);
    }

    private Size2D SizeOf(IDataView data, PretrainedInput input) => options.ImageSize is { } side
        ? side
        : PretrainedSize.Of(ImageSizeFinder.FromData(null, data, data.Schema[options.FeatureColumnName], options.CancellationToken), input);

    private static string NameOf(AuditSplit split) => split switch
    {
        AuditSplit.Training => "training",
        AuditSplit.Validation => "validation",
        _ => "test",
    };
}
