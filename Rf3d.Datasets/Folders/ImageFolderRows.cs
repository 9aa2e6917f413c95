using Microsoft.ML;

namespace Rf3d.Datasets;

/// <summary>The rows of an image folder, and what is known of each file once it has been read.</summary>
internal sealed class ImageFolderRows : RowSource
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, SkippedImage> _skipped = [];
    private readonly bool[] _good;

    public ImageFolderRows(DataViewSchema schema, ImageFolderScan scan, BadImageAction onBadImage)
        : base(schema, scan.Files.Count)
    {
        Scan = scan;
        LeavesRowsOut = onBadImage == BadImageAction.Skip;
        _good = LeavesRowsOut ? new bool[scan.Files.Count] : [];
    }

    public ImageFolderScan Scan { get; }

    public override bool LeavesRowsOut { get; }

    public override RowReader Open(bool[] active) => new ImageFolderReader(this, active);

    /// <summary>New rows for some of the files, with nothing known of them yet.</summary>
    public ImageFolderRows Only(IEnumerable<int> files) =>
        new(Schema, Scan.Only(files), LeavesRowsOut ? BadImageAction.Skip : BadImageAction.Fail);

    public bool IsKnownGood(int file) => Volatile.Read(ref _good[file]);

    public void MarkGood(int file) => Volatile.Write(ref _good[file], true);

    public bool IsSkipped(int file)
    {
        lock (_gate)
            return _skipped.ContainsKey(file);
    }

    public void Skip(int file, string reason)
    {
        lock (_gate)
            _skipped.TryAdd(file, new SkippedImage(Scan.PathOf(file), reason));
    }

    public IReadOnlyList<SkippedImage> Skipped()
    {
        lock (_gate)
            return [.. _skipped.Values];
    }
}
