using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

namespace Rf3d.Datasets;

/// <summary>The rows of an image folder, and the state of each file once it has been read.</summary>
internal sealed class ImageFolderRows : LabelledRows
{
    private const byte UnknownFile = 0, GoodFile = 1, BadFile = 2;

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
        : base(SchemaOf(scan, decoding, maxBadFraction is not null), scan.Files.Count)
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

    public override long MaxPixels => Decoding.MaxPixels;

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

    /// <summary>What is known of each file, for <see cref="Assume"/> in a later process; empty where no rows are left out.</summary>
    public byte[] Known()
    {
        if (!LeavesRowsOut)
            return [];
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        lock (_gate)
        {
            for (var file = 0; file < _good.Length; file++)
            {
                var isBad = _skipped.TryGetValue(file, out var bad);
                writer.Write(isBad ? BadFile : _good[file] ? GoodFile : UnknownFile);
                if (isBad)
                    writer.Write(bad!.Reason);
            }
        }
        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>Takes what was known of the same files, which are not decoded to find it again.</summary>
    /// <param name="known">The result of <see cref="Known"/> of rows with the same source text.</param>
    /// <exception cref="InvalidDataException">More files are bad than may be.</exception>
    public void Assume(byte[] known)
    {
        if (!LeavesRowsOut || known.Length == 0)
            return;
        using var reader = new BinaryReader(new MemoryStream(known));
        for (var file = 0; file < _good.Length; file++)
        {
            switch (reader.ReadByte())
            {
                case BadFile:
                    Skip(file, reader.ReadString());
                    break;
                case GoodFile:
                    MarkGood(file);
                    break;
            }
        }
    }

    private static DataViewSchema SchemaOf(ImageFolderScan scan, ImageDecoding decoding, bool leavesRowsOut) => ImageSchema.Create(
        new ImageDataViewType(),
        scan.Classes,
        () => SourceText.Of($"folder, decoded to {decoding.Size ?? 0}, at most {decoding.MaxPixels} pixels, {(leavesRowsOut ? "without bad images" : "all images")}, {(decoding.IsUpright ? "upright" : "as stored")}, {(HeifLibrary.IsInstalled ? "with HEIC" : "without HEIC")}, {SourceText.HashOf(scan.Files.Select((file, row) => ($"{scan.Classes[file.Class]}/{file.Name}", scan.PathOf(row))))}"),
        withPath: true);
}
