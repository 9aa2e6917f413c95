using System.Diagnostics;
using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;
using TorchSharp;

namespace Rf3d.Benchmarks;

/// <summary>How fast images of files become the network's input, and the memory that this takes.</summary>
internal static class DecodeBenchmark
{
    public const int Size = 128;

    // The peak memory of one differs by a tenth from that of the next.
    private const int Processes = 5;
    private const int LeastEpochs = 2;
    private const int BatchSize = 32;

    private static readonly (string Name, int? DecodeSize)[] Sizes = [("full size", null), ("DecodeSize 256", 256), ("DecodeSize 128", 128)];

    /// <param name="folder">Folder with a folder of images for each class.</param>
    /// <param name="copies">How often the images are repeated for the figures of memory.</param>
    /// <param name="rounds">Rounds of the figures of speed.</param>
    /// <param name="command">The command line, for the report.</param>
    public static Report Run(string folder, int[] copies, int rounds, string command)
    {
        var temporary = Directory.CreateTempSubdirectory("rf3d-decode-").FullName;
        try
        {
            var mlContext = new MLContext(1);
            var full = Rows(mlContext, folder, null);
            var report = new Report();
            report.Heading(1, "Decoding, and training on more than memory holds");
            report.Paragraph($"`{command}`");
            report.List(
            [
                .. HardwareFingerprint.Torch,
                FormattableString.Invariant($"{full.Count} photographs, resized to {Size}x{Size} as the trainer does; {rounds} rounds after a warm-up, which has the files in the system's cache"),
            ]);
            Decoding(report, mlContext, folder, rounds);
            Reading(report, full, temporary, rounds);
            Memory(report, folder, temporary, copies);
            return report;
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    private static void Decoding(Report report, MLContext mlContext, string folder, int rounds)
    {
        Dictionary<string, List<double>> speeds = Sizes.ToDictionary(size => size.Name, _ => new List<double>());
        var pixels = new Dictionary<string, ImageChunks>();
        IndexedData? found = null;
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var (name, decodeSize) in Sizes)
            {
                var rows = Rows(mlContext, folder, decodeSize);
                var images = new ImageChunks(rows.ImageBytes, long.MaxValue);
                var start = Stopwatch.GetTimestamp();
                var read = ImageIndexer.Read(rows, images, CancellationToken.None);
                if (round > 0)
                    speeds[name].Add(read.Index.Count / Stopwatch.GetElapsedTime(start).TotalSeconds);
                if (round < rounds)
                {
                    images.Dispose();
                    continue;
                }
                // In the order of the rows, to compare.
                var ordered = new ImageChunks(rows.ImageBytes, long.MaxValue);
                foreach (var place in read.Places)
                    ordered.Add(images[place]);
                images.Dispose();
                (pixels[name], found) = (ordered, read);
            }
        }
        report.Heading(2, "From files to pixels");
        report.Paragraph($"Images a second on all cores, median (least to greatest): decoded, resized, measured. Beside it by how much a pixel differs, on the scale 0 to 255, from what an application that scores, and decodes at full size, would see.");
        report.Table(
            ["decoded at", "images/s", "mean difference of a pixel"],
            Sizes.Select(size => (string[])
            [
                size.Name, Speed(speeds[size.Name]),
                FormattableString.Invariant($"{Difference(pixels[size.Name], pixels[Sizes[0].Name], found!.Index.Count):0.00}"),
            ]));
        foreach (var images in pixels.Values)
            images.Dispose();
    }

    private static void Reading(Report report, ImageRows rows, string temporary, int rounds)
    {
        using var scope = torch.NewDisposeScope();
        using var writer = new ImageCacheWriter(temporary, null, Size, Size);
        var found = ImageIndexer.Read(rows, writer, CancellationToken.None);
        var chunks = new ImageChunks(rows.ImageBytes, long.MaxValue);
        (string Name, ImageStore Store)[] stores =
        [
            ("memory", new MemoryImageStore(chunks, ImageIndexer.Read(rows, chunks, CancellationToken.None).Places, found.Index, torch.CPU)),
            ("cache", new CachedImageStore(writer.Complete(new("", "", 0, found.Places, found.Index.Images), _ => { }), torch.CPU)),
            ("stream", new StreamedImageStore(rows, found, torch.CPU)),
        ];
        Dictionary<string, List<double>> speeds = stores.ToDictionary(store => store.Name, _ => new List<double>());
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var (name, store) in stores)
            {
                var start = Stopwatch.GetTimestamp();
                Epoch(store, found.Index.Count, round);
                if (round > 0)
                    speeds[name].Add(found.Index.Count / Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }
        report.Heading(2, "An epoch of batches");
        report.Paragraph($"Images a second that reach the trainer in shuffled batches of {BatchSize}, with nothing beside it, median (least to greatest). A stream decodes at full size here, and looks for the order of the epoch before.");
        report.Table(["from", "images/s"], stores.Select(store => (string[])[store.Name, Speed(speeds[store.Name])]));
        foreach (var (_, store) in stores)
            store.Dispose();
    }

    private static void Epoch(ImageStore store, long count, int pass)
    {
        using var scope = torch.NewDisposeScope();
        var order = store.Order(torch.arange(count), pass) ?? torch.randperm(count);
        store.Prefetch(new(order.data<long>().ToArray(), BatchSize, pass), CancellationToken.None);
        foreach (var batch in order.split(BatchSize))
        {
            using var step = torch.NewDisposeScope();
            store.Fetch(batch);
        }
    }

    private static void Memory(Report report, string folder, string temporary, int[] copies)
    {
        List<string[]> rows = [];
        Dictionary<ImageStorage, double> first = [];
        foreach (var count in copies)
        {
            var repeated = Path.Combine(temporary, $"copies-{count}");
            Repeat(folder, repeated, count);
            foreach (var storage in new[] { ImageStorage.Stream, ImageStorage.Cache, ImageStorage.Memory })
            {
                var epochs = LeastEpochs * copies.Max() / count;
                var runs = Enumerable.Range(0, Processes).Select(_ => DecodeTarget.Start(repeated, storage, epochs)).ToList();
                var (peak, least, greatest) = Spread.Of(runs.Select(run => (double)run.Peak));
                first.TryAdd(storage, peak);
                rows.Add(
                [
                    $"{storage}", FormattableString.Invariant($"{count}"), FormattableString.Invariant($"{epochs}"), FormattableString.Invariant($"{runs[0].Images:N0}"), Report.Bytes(runs[0].Images * Size * Size * 3),
                    $"{Report.Bytes((long)peak)} ({Report.Bytes((long)least)} to {Report.Bytes((long)greatest)})", FormattableString.Invariant($"{(100 * peak / first[storage]) - 100:+0.0;-0.0} %"),
                    FormattableString.Invariant($"{Spread.Of(runs.Select(run => run.Seconds)).Median:0.0}"),
                ]);
                Console.WriteLine(string.Join("  ", rows[^1]));
            }
            Directory.Delete(repeated, recursive: true);
        }
        report.Heading(2, "Peak resident memory of a training");
        report.Paragraph($"{Processes} processes for each row train a small network at {Size}x{Size}, batches of {BatchSize}, a fifth of the images held out: the largest set for {LeastEpochs} epochs, the smaller ones for as many more that all train for as many steps, since a process takes some time to reach what it needs. Their highest resident memory (VmHWM), median (least to greatest), with the folder repeated.");
        report.Table(
            ["storage", "times", "epochs", "images", "decoded", "peak", "growth from the first", "s"],
            rows.OrderBy(row => row[0] switch { "Stream" => 0, "Cache" => 1, _ => 2 }));
    }

    private static void Repeat(string folder, string target, int count)
    {
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            var path = Path.Combine(target, Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            for (var copy = 0; copy < count; copy++)
                File.Copy(file, Path.Combine(Path.GetDirectoryName(path)!, $"{copy}-{Path.GetFileName(path)}"));
        }
    }

    private static ImageRows Rows(MLContext mlContext, string folder, int? decodeSize) => new(
        mlContext.Data.LoadImageFolder(folder, new ImageFolderOptions { DecodeSize = decodeSize }), "Label",
        new() { ImageColumnName = "Image", Height = Size, Width = Size }, mlContext.Transforms);

    private static double Difference(ImageChunks images, ImageChunks others, long count)
    {
        double sum = 0;
        for (var row = 0L; row < count; row++)
        {
            var image = images[row];
            var other = others[row];
            var total = 0L;
            for (var i = 0; i < image.Length; i++)
                total += Math.Abs(image[i] - other[i]);
            sum += (double)total / image.Length;
        }
        return sum / count;
    }

    private static string Speed(List<double> values)
    {
        values.Sort();
        return FormattableString.Invariant($"{values[values.Count / 2]:N0} ({values[0]:N0} to {values[^1]:N0})");
    }
}
