using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>The images of a benchmark of audits.</summary>
internal static class AuditData
{
    /// <summary>The folder with the one above it where its own name says too little.</summary>
    public static string NameOf(string folder)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return Path.GetFileName(path) is "train" or "val" or "test" ? $"{Path.GetFileName(Path.GetDirectoryName(path))}-{Path.GetFileName(path)}" : Path.GetFileName(path);
    }

    /// <summary>The parts of a folder, each with the first images of each class.</summary>
    public static List<(AuditSplit Split, IDataView Data)> Parts(MLContext mlContext, string folder, int ofClass)
    {
        var layout = ImageFolderLayout.Find(folder);
        var train = mlContext.Data.LoadImageFolder(layout.TrainFolder ?? folder);
        List<(AuditSplit, IDataView)> parts = [(AuditSplit.Training, First(train))];
        if (layout.ValidationFolder is { } validation)
            parts.Add((AuditSplit.Validation, First(mlContext.Data.LoadImageFolder(validation, new() { Classes = train.Classes }))));
        return parts;

        ImageFolderDataView First(ImageFolderDataView view) =>
            view.Without(view.Paths.GroupBy(path => Path.GetDirectoryName(path)).SelectMany(images => images.Order(StringComparer.Ordinal).Skip(ofClass)));
    }
}
