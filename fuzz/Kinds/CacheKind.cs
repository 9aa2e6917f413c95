using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.Fuzz;

/// <summary>Cache files of decoded images. A training makes a cache again that is refused here.</summary>
internal sealed class CacheKind : FuzzKind
{
    private const string Key = "key";
    private const int Height = 9, Width = 7, Count = 12;

    public override string Name => "caches";

    public override string Subject => "Image caches (`ImageCacheFile.Open` and all images; a success must have the intact file's images and labels)";

    public override IReadOnlyList<Type> Errors => [typeof(FormatException), typeof(IOException)];

    public override bool NamesFile => false;

    public override void WriteCorpus(string folder)
    {
        var random = new SplitMix64(6);
        using var writer = new ImageCacheWriter(folder, "training.images", Height, Width);
        var entries = new ImageEntry[Count];
        for (var i = 0; i < Count; i++)
        {
            var pixels = new byte[Height * Width * 3];
            for (var j = 0; j < pixels.Length; j++)
                pixels[j] = (byte)random.Below(256);
            writer.Add(pixels);
            entries[i] = ImageEntry.Of(pixels, i % 3);
        }
        using var file = writer.Complete(new(Key, "rows", 2, [.. Enumerable.Range(0, Count)], entries), warning => throw new IOException(warning));
    }

    public override FuzzCheck Open(Corpus corpus, string folder) => new Check(corpus, folder);

    private sealed class Check : FuzzCheck
    {
        private readonly string _path;
        private readonly byte[] _expected;

        public Check(Corpus corpus, string folder)
        {
            _path = Path.Combine(folder, "training.images");
            File.WriteAllBytes(_path, corpus.Files[0].Content);
            _expected = Read();
        }

        public override string Subject => _path;

        public override string Run(FuzzInput input)
        {
            File.WriteAllBytes(_path, input.Content);
            return Read().AsSpan().SequenceEqual(_expected) ? "the same images" : throw new WrongResultException("The images or labels are other than those of the intact file.");
        }

        private byte[] Read()
        {
            using var cache = ImageCacheFile.Open(_path, Key, CancellationToken.None);
            var pixels = new byte[cache.Index.ImageBytes];
            List<byte> read = [(byte)cache.Index.Height, (byte)cache.Index.Width, (byte)cache.Unlabelled];
            for (var row = 0; row < cache.Index.Count; row++)
            {
                cache.Read(row, pixels);
                read.AddRange([.. pixels, .. BitConverter.GetBytes(cache.Index[row].Label)]);
            }
            return [.. read];
        }
    }
}
