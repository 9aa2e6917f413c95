using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;

namespace Rf3d.MLNet;

/// <summary>The cache files of a training: looks for one that can be used again, and makes a new one where there is none.</summary>
/// <param name="directory">Where files are kept; null for temporary ones.</param>
/// <param name="temporary">Where temporary ones go.</param>
/// <param name="preprocessing">How the pixels are made.</param>
/// <param name="log">Receives messages about the files.</param>
/// <param name="warn">Receives warnings; training continues.</param>
internal sealed class ImageCaches(string? directory, string temporary, ImagePreprocessing preprocessing, Action<string> log, Action<string> warn)
{
    // Data whose files say nothing of themselves is never taken for the same.
    private const string UnknownSource = "unknown";

    public string Folder => directory ?? temporary;

    /// <summary>The file of an earlier training, if it is intact and of these images.</summary>
    /// <param name="data">The data, as the user gave it.</param>
    /// <param name="rows">Its images.</param>
    /// <param name="what">Whether they are images for training or for validation.</param>
    /// <param name="cancellation">Ends the check.</param>
    public ImageCacheFile? Find(IDataView data, ImageRows rows, string what, CancellationToken cancellation)
    {
        if (directory is null)
            return null;
        var path = Path.Combine(directory, ImageCacheNames.Of(what, rows.Height, rows.Width));
        if (!File.Exists(path))
            return null;
        if (SourceOf(data) is not { } source)
        {
            log($"The image cache '{path}' is written again: the {what} data does not say which files its images come from, so they cannot be compared with the cache.");
            return null;
        }
        ImageCacheFile? file = null;
        try
        {
            file = ImageCacheFile.Open(path, Key(source), cancellation);
            // Where bad images are left out, the rows are known only by decoding each file, which was done when the cache was written.
            FilesOf(data)?.Assume(file.Files);
            if (file.Rows.Length > 0 && file.Rows == RowsIdentity.Of(rows, cancellation))
            {
                // Behind steps such as filters, data that leaves bad images out has to decode them to tell its rows.
                var isDecoded = FilesOf(data) is null && rows.Count is null;
                log($"The {what} images come from the cache '{path}', which is intact and of the same files{(isDecoded ? "" : ": nothing is decoded")}.");
                CacheLeftovers.Delete(directory, path);
                return file;
            }
            throw new FormatException("is of other rows of the same data");
        }
        catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            log(error is FormatException ? $"The image cache '{path}' {error.Message}, and is written again." : $"The image cache '{path}' cannot be read, and is written again: {error.Message}");
            return null;
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    /// <summary>A new file, to be filled.</summary>
    public ImageCacheWriter Create(string what) =>
        new(Folder, directory is null ? null : ImageCacheNames.Of(what, preprocessing.Height, preprocessing.Width), preprocessing.Height, preprocessing.Width);

    /// <summary>
    /// The key of a new file: the data that it is made from, and how. To be asked for before the images are read: files that change after it make another key the next time.
    /// </summary>
    /// <param name="data">The data, as the user gave it.</param>
    public string KeyOf(IDataView data) => Key(directory is null ? null : SourceOf(data));

    /// <summary>Completes a new file.</summary>
    /// <param name="data">The data, as the user gave it.</param>
    /// <param name="writer">Has the images.</param>
    /// <param name="found">Their index.</param>
    /// <param name="key">Identity of their source and preparation.</param>
    public ImageCacheFile Complete(IDataView data, ImageCacheWriter writer, IndexedData found, string key)
    {
        var rows = RowsIdentity.Of(found.Ids.Select((id, row) => (id, found.Index[row].Label)));
        return writer.Complete(new(key, rows ?? "", found.Unlabelled, found.Places, found.Index.Images) { Files = FilesOf(data)?.Known() ?? [] }, warn);
    }

    private static ImageFolderRows? FilesOf(IDataView data) => (data as ImageFolderDataView)?.FileRows;

    private string? SourceOf(IDataView data) => RowsIdentity.SourceOf(data.Schema[preprocessing.ImageColumnName]);

    // All that changes a pixel. ML.NET, in its version, decodes and resizes.
    private string Key(string? source) =>
        $"{preprocessing.Height}x{preprocessing.Width} {preprocessing.Resizing} {preprocessing.CropAnchor} over {preprocessing.Background}, ML.NET {VersionOf(typeof(MLImage))}, Rf3d {typeof(ImageCaches).Assembly.ManifestModule.ModuleVersionId}, {source ?? UnknownSource}";

    private static string? VersionOf(Type type) => type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
}
