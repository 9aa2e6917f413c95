using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

namespace Rf3d.Datasets;

/// <summary>The rows of an image folder, and the state of each file once it has been read.</summary>
internal sealed class ImageFolderRows : LabelledRows
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, SkippedImage> _skipped = [];
    private readonly bool[] _good;
    private readonly BadImageLimit? _limit;
    private readonly SkipLog? _log;
    private readonly IHostEnvironment _environment;
    private volatile bool _hasTooManyBad;

    /// <param name="scan">The files.</param>
    /// <param name="decoding">How its files are decoded.</param>
    /// <param name="maxBadFraction">The share of bad files to leave out, 0 to 1; null leaves out none, and a bad image fails.</param>
    /// <param name="log">Receives a line for each file that is left out.</param>
    /// <param name="environment">Has the log that says how many images were turned.</param>
    public ImageFolderRows(ImageFolderScan scan, ImageDecoding decoding, double? maxBadFraction, SkipLog? log, IHostEnvironment environment)
        : base(SchemaOf(scan, decoding), scan.Files.Count)
    {
        (_environment, Turned) = (environment, new(scan.Folder, scan.Files.Count, environment));
        (Scan, Decoding) = (scan, decoding);
        _limit = maxBadFraction is { } fraction ? new(fraction, scan.Files.Count) : null;
        _log = log;
        _good = LeavesRowsOut ? new bool[scan.Files.Count] : [];
    }

    public ImageFolderScan Scan { get; }

    /// <summary>How the files are decoded.</summary>
    public ImageDecoding Decoding { get; }

    /// <summary>The images that were turned upright.</summary>
    public TurnedImages Turned { get; }

    public override IReadOnlyList<string> Classes => Scan.Classes;

    public override string Folder => Scan.Folder;

    public override IReadOnlyList<UnusedFiles> Unused => Scan.Unused;

    public override bool IsUpright => Decoding.IsUpright;

    public override int TurnedCount => Turned.Count;

    public override bool LeavesRowsOut => _limit is not null;

    public override RowReader Open(bool[] active) => new ImageFolderReader(this, active);

    public override int ClassOf(int row) => Scan.Files[row].Class;

    public override IEnumerable<string> Paths() => Enumerable.Range(0, Scan.Files.Count).Select(Scan.PathOf);

    public override ImageFolderRows Only(IReadOnlyList<int> rows) => new(Scan.Only(rows), Decoding, _limit?.Fraction, _log, _environment);

    public bool IsKnownGood(int file) => Volatile.Read(ref _good[file]);

    public void MarkGood(int file) => Volatile.Write(ref _good[file], true);

    public bool IsSkipped(int file)
    {
        lock (_gate)
            return _skipped.ContainsKey(file);
    }

    /// <exception cref="InvalidDataException">More files are bad than may be.</exception>
    public void Skip(int file, string reason)
    {
        var bad = new SkippedImage { Path = Scan.PathOf(file), Reason = reason };
        int number;
        bool isNew;
        lock (_gate)
        {
            isNew = _skipped.TryAdd(file, bad);
            number = _skipped.Count;
            // A file that was good and is bad by now counts as bad alone.
            _good[file] = false;
            _hasTooManyBad |= _limit!.IsExceededBy(number);
        }
        // Out of the lock: the log is the user's code.
        if (isNew)
            _log?.Add(bad, number);
        ThrowIfTooManyAreBad();
    }

    /// <summary>
    /// Once there are too many, every cursor fails on its next row: one over other files, or of a later pass, would otherwise end as if all were well.
    /// </summary>
    /// <exception cref="InvalidDataException">More files are bad than may be.</exception>
    public void ThrowIfTooManyAreBad()
    {
        if (!_hasTooManyBad)
            return;
        lock (_gate)
            throw _limit!.Error(Scan.Folder, _skipped.Values, _skipped.Count + _good.Count(good => good));
    }

    public override IReadOnlyList<SkippedImage> Skipped()
    {
        lock (_gate)
            return [.. _skipped.Values];
    }

    private static DataViewSchema SchemaOf(ImageFolderScan scan, ImageDecoding decoding) => ImageSchema.Create(
        new ImageDataViewType(),
        scan.Classes,
        () => SourceText.Of($"folder, decoded to {decoding.Size ?? 0}, {(decoding.IsUpright ? "upright" : "as stored")}, {(HeifLibrary.IsInstalled ? "with HEIC" : "without HEIC")}, {SourceText.HashOf(scan.Files.Select((file, row) => ($"{scan.Classes[file.Class]}/{file.Name}", scan.PathOf(row))))}"),
        withPath: true);
}
