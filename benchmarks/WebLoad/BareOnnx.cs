using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using Rf3d.MLNet;
using SkiaSharp;

namespace Rf3d.Benchmarks;

/// <summary>
/// An application of SkiaSharp and ONNX Runtime alone: it decodes a file, resizes it as the model's preparation does, and runs the network. A thread for each core.
/// </summary>
internal sealed class BareOnnx : IDisposable
{
    private const string Output = "probabilities";

    private readonly InferenceSession _session;
    private readonly int _height;
    private readonly int _width;

    /// <param name="model">The .zip.</param>
    public BareOnnx(string model)
    {
        using var saved = Rf3dSavedModel.Load(new MLContext(1), model);
        (_height, _width) = (saved.ImageHeight, saved.ImageWidth);
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        _session = new InferenceSession(saved.ToOnnx(isOpaque: true), options);
    }

    /// <summary>The scores of one file.</summary>
    public float[] Scores(byte[] content)
    {
        using var worker = new Worker(this);
        return worker.Score(content);
    }

    /// <summary>Scores a file again and again.</summary>
    /// <returns>How often.</returns>
    public long Run(byte[] content, TimeSpan length)
    {
        var images = 0L;
        var end = System.Diagnostics.Stopwatch.StartNew();
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            using var worker = new Worker(this);
            for (; end.Elapsed < length; Interlocked.Increment(ref images))
                worker.Score(content);
        })).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        return images;
    }

    public void Dispose() => _session.Dispose();

    private sealed class Worker : IDisposable
    {
        private readonly BareOnnx _owner;
        private readonly float[] _pixels;
        private readonly OrtValue _input;
        private readonly RunOptions _options = new();
        private readonly SKBitmap _resized;
        private readonly SKCanvas _canvas;
        private readonly SKPaint _paint = new() { IsAntialias = true, FilterQuality = SKFilterQuality.High };

        public Worker(BareOnnx owner)
        {
            _owner = owner;
            _pixels = new float[3 * owner._height * owner._width];
            _input = OrtValue.CreateTensorValueFromMemory(_pixels, [1, 3, owner._height, owner._width]);
            _resized = new SKBitmap(new SKImageInfo(owner._width, owner._height, SKColorType.Rgba8888, SKAlphaType.Opaque));
            _canvas = new SKCanvas(_resized);
        }

        public float[] Score(byte[] content)
        {
            using (var bitmap = SKBitmap.Decode(content))
                Resize(bitmap);
            using var results = _owner._session.Run(_options, _owner._session.InputNames, [_input], [Output]);
            return results[0].GetTensorDataAsSpan<float>().ToArray();
        }

        public void Dispose()
        {
            _input.Dispose();
            _options.Dispose();
            _canvas.Dispose();
            _resized.Dispose();
            _paint.Dispose();
        }

        /// <summary>The middle of the image, as large as it can be, as planes of red, green and blue.</summary>
        private void Resize(SKBitmap bitmap)
        {
            var scale = Math.Max((float)_owner._width / bitmap.Width, (float)_owner._height / bitmap.Height);
            // Whole pixels, as ML.NET has them.
            var (width, height) = ((int)(scale * bitmap.Width), (int)(scale * bitmap.Height));
            var (left, top) = ((int)((_owner._width - (scale * bitmap.Width)) / 2), (int)((_owner._height - (scale * bitmap.Height)) / 2));
            _canvas.DrawBitmap(bitmap, new SKRect(0, 0, bitmap.Width, bitmap.Height), new SKRect(left, top, left + width, top + height), _paint);
            var source = _resized.GetPixelSpan();
            var plane = _owner._width * _owner._height;
            for (var i = 0; i < plane; i++)
                (_pixels[i], _pixels[plane + i], _pixels[(2 * plane) + i]) = (source[4 * i], source[(4 * i) + 1], source[(4 * i) + 2]);
        }
    }
}
