using Microsoft.ML;
using Rf3d.Datasets;

/// <summary>The three kinds of images that the example takes.</summary>
internal static class Images
{
    public static (IDataView Train, IDataView Test) Draw(MLContext mlContext) =>
        (mlContext.Data.LoadDrawnShapes(4000, seed: 1), mlContext.Data.LoadDrawnShapes(1000, seed: 2));

    public static (IDataView Train, IDataView Test) LoadFolder(MLContext mlContext, string folder, bool skipBadImages)
    {
        var options = new ImageFolderOptions { OnBadImage = skipBadImages ? BadImageAction.Skip : BadImageAction.Fail };
        var split = ImageFolderLayout.Find(folder).TrainFolder is not null
            ? mlContext.Data.LoadImageFolderSplits(folder, options)
            : mlContext.Data.LoadImageFolder(folder, options).Split(0.2);
        return (split.Train, split.Test ?? split.Validation);
    }

    public static async Task<(IDataView Train, IDataView Test)> LoadCifar10(MLContext mlContext, string folder, CancellationToken cancellation)
    {
        var lastPercent = -1L;
        var progress = new Progress<DownloadProgress>(done =>
        {
            var percent = done.TotalBytes is { } total ? 100 * done.BytesReceived / total : 0;
            if (percent / 10 != Interlocked.Exchange(ref lastPercent, percent) / 10)
                Console.WriteLine($"CIFAR-10: {percent} % downloaded");
        });
        var path = File.Exists(folder) || Directory.EnumerateFiles(Directory.CreateDirectory(folder).FullName, "*_batch*.bin").Any()
            ? folder
            : await CifarDownloader.DownloadCifar10Async(folder, progress: progress, cancellationToken: cancellation);
        return (mlContext.Data.LoadCifar10(path), mlContext.Data.LoadCifar10(path, CifarSplit.Test));
    }

    public static void ReportSkipped(params IDataView[] data)
    {
        foreach (var image in data.OfType<ImageFolderDataView>().SelectMany(view => view.SkippedImages))
            Console.WriteLine($"Skipped {image.Path}: {image.Reason}");
    }
}
