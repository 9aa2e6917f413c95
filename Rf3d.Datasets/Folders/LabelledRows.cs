using Microsoft.ML;

namespace Rf3d.Datasets;

/// <summary>Rows of an <see cref="ImageFolderDataView"/>: images with labels that lie in a folder, in whatever form.</summary>
internal abstract class LabelledRows(DataViewSchema schema, long count) : RowSource(schema, count)
{
    /// <summary>The names of the classes, in the order of the keys.</summary>
    public abstract IReadOnlyList<string> Classes { get; }

    /// <summary>The full path of the folder.</summary>
    public abstract string Folder { get; }

    /// <summary>The entries of the folder that are not used.</summary>
    public abstract IReadOnlyList<UnusedFiles> Unused { get; }

    /// <summary>Whether each image is a file of its own.</summary>
    public virtual bool HasFiles => true;

    /// <summary>The full paths of the files, row by row; none where images have no files of their own.</summary>
    public virtual IEnumerable<string> Paths() => [];

    /// <summary>Whether images are turned as the orientation in their files says.</summary>
    public virtual bool IsUpright => true;

    /// <summary>Most pixels (height times width) of an image; a larger one is a bad image.</summary>
    public virtual long MaxPixels => ImageReader.DefaultMaxPixels;

    /// <summary>The images, of those read so far, that were turned.</summary>
    public virtual int TurnedCount => 0;

    /// <summary>The class of a row, from 0.</summary>
    public abstract int ClassOf(int row);

    /// <summary>New rows for some of these, with nothing known of them yet.</summary>
    public abstract LabelledRows Only(IReadOnlyList<int> rows);

    /// <summary>The rows left out so far, in their order.</summary>
    public virtual IReadOnlyList<SkippedImage> Skipped() => [];
}
