using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.Datasets;
using SkiaSharp;

namespace Rf3d.MLNet;

/// <summary>
/// Turns images into a network's input, with ML.NET's own transformers: the pixels are those that ML.NET's Transform scores. For one thread.
/// </summary>
internal sealed class PixelReader : IDisposable
{
    private readonly ImageRow _input;
    private readonly DataViewRow _output;
    private readonly ValueGetter<VBuffer<float>> _getPixels;
    private readonly ImagePreprocessing _preprocessing;
    private VBuffer<float> _pixels;

    /// <param name="preprocessing">The preparation of the images.</param>
    /// <param name="transformer">Does it; many readers may share one.</param>
    public PixelReader(ImagePreprocessing preprocessing, ITransformer transformer)
    {
        _preprocessing = preprocessing;
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(preprocessing.ImageColumnName, new ImageDataViewType());
        var schema = builder.ToSchema();
        _input = new ImageRow(schema);
        var mapper = transformer.GetRowToRowMapper(schema);
        var pixels = mapper.OutputSchema[ImagePreprocessing.PixelsColumnName];
        _output = mapper.GetRow(_input, [pixels]);
        _getPixels = _output.GetGetter<VBuffer<float>>(pixels);
    }

    /// <summary>The transformer that readers share.</summary>
    public static ITransformer TransformerOf(MLContext mlContext, ImagePreprocessing preprocessing)
    {
        var definition = SchemaDefinition.Create(typeof(Row));
        definition[nameof(Row.Image)].ColumnName = preprocessing.ImageColumnName;
        return preprocessing.Create(mlContext.Transforms).Fit(mlContext.Data.LoadFromEnumerable(Array.Empty<Row>(), definition));
    }

    /// <param name="path">The image file.</param>
    /// <param name="maxPixels">Most pixels (height times width) of the image.</param>
    /// <param name="isUpright">Whether the image is turned as the orientation in the file says.</param>
    /// <param name="target">Receives channel, row, column: alpha where there is a background, red, green, blue; 0 to 255.</param>
    /// <exception cref="BadImageException">The file is missing, not an image, too large, or damaged.</exception>
    public void Read(string path, long maxPixels, bool isUpright, Span<float> target)
    {
        ImageDecoder.Decode(path, maxPixels, Resize, isUpright: isUpright);
        _pixels.CopyTo(target);
    }

    /// <param name="content">The content of an image file.</param>
    /// <param name="length">The number of bytes of it.</param>
    /// <param name="maxPixels">Most pixels (height times width) of the image.</param>
    /// <param name="isUpright">Whether the image is turned as the orientation in the file says.</param>
    /// <param name="target">Receives channel, row, column: alpha where there is a background, red, green, blue; 0 to 255.</param>
    /// <exception cref="BadImageException">The content is not an image, too large, or damaged.</exception>
    public void Read(byte[] content, int length, long maxPixels, bool isUpright, Span<float> target)
    {
        ImageDecoder.Decode(content, length, maxPixels, Resize, isUpright: isUpright);
        _pixels.CopyTo(target);
    }

    /// <param name="image">The image; it stays the caller's.</param>
    /// <param name="target">Receives channel, row, column: alpha where there is a background, red, green, blue; 0 to 255.</param>
    public void Read(MLImage image, Span<float> target)
    {
        var (height, width) = (_preprocessing.Height, _preprocessing.Width);
        if (image.Height == height && image.Width == width)
        {
            // ML.NET disposes an image that has the right size already.
            using var copy = MLImage.CreateFromPixels(width, height, image.PixelFormat, image.Pixels);
            Resize(copy);
        }
        else
        {
            Resize(image);
        }
        _pixels.CopyTo(target);
    }

    public void Dispose()
    {
        _output.Dispose();
        _input.Dispose();
    }

    private bool Resize(SKBitmap bitmap)
    {
        using var image = DatasetInternals.ImageOf(bitmap);
        Resize(image);
        return true;
    }

    private void Resize(MLImage image)
    {
        _input.Take(image);
        _getPixels(ref _pixels);
    }

    private sealed class Row
    {
        // ML.NET asks for a size and does not use it.
        [ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }

    /// <summary>A row of one column, whose image is given from outside.</summary>
    private sealed class ImageRow(DataViewSchema schema) : DataViewRow
    {
        private MLImage? _image;
        private long _position = -1;

        public override long Position => _position;

        public override long Batch => 0;

        public override DataViewSchema Schema => schema;

        public void Take(MLImage image)
        {
            // Transformers cache their results by the row's position.
            _position++;
            _image = image;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            (ValueGetter<TValue>)(Delegate)(ValueGetter<MLImage>)((ref MLImage value) => value = _image!);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new((ulong)_position, 0);
    }
}
