using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.Fuzz;

/// <summary>Saved models: loaded and asked for a prediction, by <see cref="Rf3dSavedModel"/>.</summary>
internal sealed class ModelKind : FuzzKind
{
    public override string Name => "models";

    public override string Subject => "Saved models, .zip (`Rf3dSavedModel.Load` and `Predict`; a success must have the scores of the intact file)";

    public override IReadOnlyList<Type> Errors => [typeof(FormatException), typeof(InvalidDataException), typeof(IOException)];

    public override void WriteCorpus(string folder)
    {
        File.WriteAllBytes(Path.Combine(folder, "plain.zip"), DrawnModels.Zip(null, testTimeFlip: false, seed: 1));
        File.WriteAllBytes(Path.Combine(folder, "white.zip"), DrawnModels.Zip(new RgbColor(255, 255, 255), testTimeFlip: true, seed: 2));
    }

    public override FuzzCheck Open(Corpus corpus, string folder) => new Check(corpus, folder);

    public override (byte[] Content, string Change)? Restructure(ref SplitMix64 random, CorpusFile file, Corpus corpus) => ChangedZip.Of(ref random, file.Content, corpus);

    private sealed class Check : FuzzCheck
    {
        private readonly MLImage _image;
        private readonly string _path;
        private readonly Dictionary<string, float[]> _expected = [];

        public Check(Corpus corpus, string folder)
        {
            _path = Path.Combine(folder, "model.zip");
            var pixels = new byte[20 * 17 * 4];
            for (var i = 0; i < pixels.Length; i++)
                pixels[i] = (byte)((i * 37) | (i % 4 == 3 ? 255 : 0));
            _image = MLImage.CreateFromPixels(20, 17, MLPixelFormat.Rgba32, pixels);
            foreach (var file in corpus.Files)
            {
                File.WriteAllBytes(_path, file.Content);
                _expected[file.Name] = Scores();
            }
        }

        public override string Subject => _path;

        public override string Run(FuzzInput input)
        {
            File.WriteAllBytes(_path, input.Content);
            var scores = Scores();
            // Pieces of one model may replace those of the other: as a whole it must be one of them.
            if (_expected.Values.Any(expected => expected.AsSpan().SequenceEqual(scores)))
                return "the same scores";
            return input.IsRestructured
                ? "other scores of another content with right checksums"
                : throw new WrongResultException($"The scores are {string.Join(", ", scores)}; those of the intact file are {string.Join(", ", _expected[input.File.Name])}.");
        }

        public override void Dispose()
        {
            _image.Dispose();
            base.Dispose();
        }

        private float[] Scores()
        {
            using var model = Rf3dSavedModel.Load(new MLContext(1), _path);
            return [.. model.Predict(_image).Scores];
        }
    }
}
