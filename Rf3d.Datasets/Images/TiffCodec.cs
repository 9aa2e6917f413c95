using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Metadata;
using SkiaSharp;

namespace Rf3d.Datasets;

/// <summary>The first page of a TIFF file.</summary>
internal sealed class TiffCodec : ImageCodec
{
    private const ushort
        NewSubfileType = 254, ImageWidth = 256, ImageLength = 257, BitsPerSample = 258, Compression = 259, Photometric = 262, StripOffsets = 273, SamplesPerPixel = 277,
        StripByteCounts = 279, PlanarConfiguration = 284, TileWidth = 322, SubDirectories = 330, SampleFormat = 339, DngVersion = 50706;

    private const uint Uncompressed = 1, FirstFax = 2, LastFax = 4, BlackIsZero = 1, SeparatePlanes = 2, ReducedResolution = 1;

    // Integers without a sign, and samples of which nothing is said.
    private const uint Unsigned = 1, Undefined = 4;

    private const uint AllButAlpha = 0x00FFFFFF;
    private const int MostSamples = 16;

    private readonly byte[] _content;
    private readonly int _length;

    private TiffCodec(byte[] content, int length, int width, int height)
        : base(width, height)
    {
        (_content, _length) = (content, length);
    }

    public override int BytesToDecode => 16;

    public override long LongestFile => (16L * Width * Height) + OtherBytes;

    public override SKEncodedOrigin Origin => ExifOrigin.Of(Directory());

    // Other pages come after the first.
    protected override int OtherBytes => BytesOfFurtherImages;

    /// <inheritdoc cref="ImageCodec.Open"/>
    public static TiffCodec? Of(byte[] content, int length)
    {
        if (!TiffDirectory.TryRead(content.AsSpan(0, length), out var directory))
            return null;
        var isReduced = (directory.Value(NewSubfileType, 0) & ReducedResolution) != 0;
        // The preview of a raw photograph has the sensor's values below it.
        if (directory.Has(DngVersion) || (isReduced && directory.Has(SubDirectories)))
            throw new BadImageException("it is a raw photograph, not an image: export it as JPEG, PNG or TIFF");
        if (isReduced)
            throw new BadImageException("its first page, which alone is read, is a preview of another one: save that page as a file of its own");
        var (width, height) = (directory.Value(ImageWidth, 0), directory.Value(ImageLength, 0));
        return width is > 0 and <= int.MaxValue && height is > 0 and <= int.MaxValue ? new(content, length, (int)width, (int)height) : throw NotAnImage();
    }

    public override void MustBeWhole()
    {
        var directory = Directory();
        if (directory.Has(TileWidth))
            throw new BadImageException("it is a TIFF file of tiles, which are not read: save it in strips");
        if (!directory.TryValues(SampleFormat, out var formats) || formats.Any(format => format is not (Unsigned or Undefined)))
            throw new BadImageException("the values of its pixels are not whole numbers of 0 and more, so that it is not known which of them is white: save it with 8 or 16 bits a channel");
        var samples = directory.Value(SamplesPerPixel, 1);
        if (!directory.TryValues(BitsPerSample, out var bits) || samples is 0 or > MostSamples || bits.Any(each => each > 32))
            throw Damaged();
        if (directory.Has(StripOffsets) && !directory.Has(StripByteCounts))
            throw new BadImageException("it does not say how long its strips are (StripByteCounts), as some old programs leave out: save it again as TIFF or PNG");
        if (!directory.TryValues(StripOffsets, out var offsets) || !directory.TryValues(StripByteCounts, out var counts))
            throw CutShort();
        var stored = 0L;
        foreach (var (offset, count) in offsets.Zip(counts))
        {
            if (offset + (long)count > _length)
                throw CutShort();
            stored += count;
        }
        if (directory.Value(Compression, Uncompressed) == Uncompressed && stored < BytesOfPixels(bits, (int)samples, directory.Value(PlanarConfiguration, 1) == SeparatePlanes))
            throw CutShort();
    }

    public override SKBitmap Decode(int width, int height) => NewBitmap(width, height, bitmap =>
    {
        ImageSharpPixels.Decode(new TiffDecoder { DecodingMode = FrameDecodingMode.First, IgnoreMetadata = true }, _content, _length, bitmap);
        // SixLabors.ImageSharp 2.1.13 takes the colours of a fax for those of the other kind.
        if (Directory() is var directory && directory.Value(Compression, Uncompressed) is >= FirstFax and <= LastFax && directory.Value(Photometric, 0) == BlackIsZero)
        {
            foreach (ref var pixel in bitmap.WritablePixels())
                pixel ^= AllButAlpha;
        }
    });

    /// <summary>Rows are filled up to whole bytes, those of each channel where the channels lie apart.</summary>
    private long BytesOfPixels(uint[] bits, int samples, bool isSeparate)
    {
        long[] each = [.. Enumerable.Range(0, samples).Select(sample => bits.Length == 0 ? 1L : bits[Math.Min(sample, bits.Length - 1)])];
        return Height * (isSeparate ? each.Sum(BytesOfRow) : BytesOfRow(each.Sum()));
    }

    private long BytesOfRow(long bitsOfPixel) => ((Width * bitsOfPixel) + 7) / 8;

    private TiffDirectory Directory() => TiffDirectory.TryRead(_content.AsSpan(0, _length), out var directory) ? directory : throw NotAnImage();
}
