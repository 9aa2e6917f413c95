using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;

namespace Rf3d.ModelBuilder;

/// <summary>Gathers the facts of one part of a data set while its images go by.</summary>
internal sealed class SplitReader(string name, int classCount)
{
    private readonly long[] _byClass = new long[classCount];
    private readonly List<(int Height, int Width)> _sizes = [];
    private readonly List<(UInt128 Digest, string Name)> _digests = [];
    private long _unlabelled;

    public string Name => name;

    /// <summary>One number for the pixels of each image, in the order of the rows, with its name.</summary>
    public IReadOnlyList<(UInt128 Digest, string Name)> Digests => _digests;

    public void Add(ImageRows.Row row)
    {
        if (row.Class is { } index)
            _byClass[index]++;
        else
            _unlabelled++;
        var image = row.Image();
        _sizes.Add((image.Height, image.Width));
        _digests.Add((Digest(image), row.Path is null ? FormattableString.Invariant($"row {row.Number}") : ShortName(row.Path)));
    }

    public SplitFacts Facts(IDataView data) => new(
        name, _byClass.Sum(), _unlabelled, [.. _byClass], Sizes(), data is ImageFolderDataView folder ? [.. folder.SkippedImages] : []);

    private ImageSizes? Sizes()
    {
        if (_sizes.Count == 0)
            return null;
        var heights = _sizes.Select(size => size.Height).Order().ToList();
        var widths = _sizes.Select(size => size.Width).Order().ToList();
        var middle = _sizes.Count / 2;
        return new(_sizes.Distinct().Count(), heights[0], heights[middle], heights[^1], widths[0], widths[middle], widths[^1]);
    }

    /// <summary>The file with its folder, which is its class: names alone are often the same.</summary>
    private static string ShortName(string path) => Path.GetFileName(Path.GetDirectoryName(path)) is { Length: > 0 } folder
        ? $"{folder}/{Path.GetFileName(path)}"
        : Path.GetFileName(path);

    private static UInt128 Digest(MLImage image)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> shape = stackalloc byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(shape, image.Height);
        BinaryPrimitives.WriteInt32LittleEndian(shape[4..], image.Width);
        BinaryPrimitives.WriteInt32LittleEndian(shape[8..], (int)image.PixelFormat);
        hash.AppendData(shape);
        hash.AppendData(image.Pixels);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash.GetHashAndReset());
    }
}
