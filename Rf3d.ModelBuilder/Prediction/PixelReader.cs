using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.Datasets;
using Rf3d.MLNet;
using SkiaSharp;

namespace Rf3d.ModelBuilder;

/// <summary>
/// Turns files into a network's input, with the transformers of the model itself: the pixels are those that ML.NET's Transform scores. For one thread.
/// </summary>
internal sealed class PixelReader : IDisposable
{
    private readonly ImageRow _input;
    private readonly DataViewRow _output;
    private readonly ValueGetter<VBuffer<float>> _getPixels;
    private readonly long _maxPixels;
    private VBuffer<float> _pixels;

    /// <param name="classifier">The saved model.</param>
    /// <param name="maxPixels">Pixels (height times width) that an image may have.</param>
    public PixelReader(SavedClassifier classifier, long maxPixels = ImageReader.DefaultMaxPixels)
    {
        _maxPixels = maxPixels;
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(classifier.ImageColumnName, new ImageDataViewType());
        var schema = builder.ToSchema();
        _input = new ImageRow(schema);
        var mapper = classifier.Preprocessing.GetRowToRowMapper(schema);
        var pixels = mapper.OutputSchema[ImagePreprocessing.PixelsColumnName];
        _output = mapper.GetRow(_input, [pixels]);
        _getPixels = _output.GetGetter<VBuffer<float>>(pixels);
    }

    /// <param name="path">The image file.</param>
    /// <param name="target">Takes channel, row, column: red first, 0 to 255.</param>
    /// <exception cref="BadImageException">The file is missing, not an image, too large, or damaged.</exception>
    public void Read(string path, Span<float> target)
    {
        ImageDecoder.Decode(path, _maxPixels, Resize);
        _pixels.CopyTo(target);
    }

    private bool Resize(SKBitmap bitmap)
    {
        using var image = DatasetInternals.ImageOf(bitmap);
        _input.Take(image);
        _getPixels(ref _pixels);
        return true;
    }

    public void Dispose()
    {
        _output.Dispose();
        _input.Dispose();
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
            // Transformers remember what they made by the row's position.
            _position++;
            _image = image;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            (ValueGetter<TValue>)(Delegate)(ValueGetter<MLImage>)((ref MLImage value) => value = _image!);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new((ulong)_position, 0);
    }
}
