using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;
using static TorchSharp.torch;

namespace Rf3d.Benchmarks;

/// <summary>Training and test images, decoded once for all trainings of a process, on the device that trains.</summary>
internal sealed class PaperImages : IDisposable
{
    private readonly ImageSet _training;

    private PaperImages(ImageSet training, ImageSet test) => (_training, Test) = (training, test);

    public ImageSet Test { get; }

    /// <param name="folder">FOLDER/{train,test}/class/*.</param>
    /// <param name="device">Where they go.</param>
    /// <exception cref="ArgumentException">There are more classes than the networks have.</exception>
    public static PaperImages Load(string folder, Device device)
    {
        var mlContext = new MLContext(1);
        var folders = TrainAndTest.Load(mlContext, folder);
        if (folders.Train.Classes.Count > PaperTables.Classes)
            throw new ArgumentException($"'{folder}' has {folders.Train.Classes.Count} classes; the tables are about {PaperTables.Classes}.", nameof(folder));
        return new(Read(folders.Train), Read(folders.Test));

        ImageSet Read(IDataView data)
        {
            var rows = new ImageRows(data, "Label", new() { ImageColumnName = "Image", Height = PaperTables.ImageSize, Width = PaperTables.ImageSize }, mlContext.Transforms);
            var images = new ImageChunks(rows.ImageBytes, long.MaxValue);
            var found = ImageIndexer.Read(rows, images, CancellationToken.None);
            var memory = new MemoryImageStore(images, found.Places, found.Index, device);
            if (device.type == TorchSharp.DeviceType.CPU)
                return new(found.Index, memory);
            using (memory)
                return new(found.Index, new DeviceImageStore(memory, found.Index, device));
        }
    }

    /// <summary>So many of the training images, the same ones for every row and seed: evenly from all of them, which lie class by class.</summary>
    /// <exception cref="ArgumentException">There are not so many.</exception>
    public ImageSubset Training(int count)
    {
        var all = _training.Count;
        if (count > all)
            throw new ArgumentException($"There are {all} training images, not {count}; --images says how many to train on.", nameof(count));
        return new(_training, tensor([.. Enumerable.Range(0, count).Select(i => i * all / count)]));
    }

    public void Dispose()
    {
        _training.Dispose();
        Test.Dispose();
    }
}
