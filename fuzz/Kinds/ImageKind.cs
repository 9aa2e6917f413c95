using Microsoft.ML.Data;
using Rf3d.Datasets;

namespace Rf3d.Fuzz;

/// <summary>Image files, by <see cref="ImageReader"/>: from the file, and from its content in memory or in a stream.</summary>
internal sealed class ImageKind : ImageFileKind
{
    public override string Name => "images";

    public override string Subject => "Image files: JPEG, PNG, WebP, BMP, GIF, TIFF, TGA, PBM, PGM, PPM (`ImageReader`, from the file and from memory or a stream)";

    public override FuzzCheck Open(Corpus corpus, string folder) => new Check(corpus, folder);

    private sealed class Check : FuzzCheck
    {
        private readonly Dictionary<string, byte[]> _intact;
        private readonly string _path;

        public Check(Corpus corpus, string folder)
        {
            _path = Path.Combine(folder, "input.image");
            _intact = corpus.Files.ToDictionary(file => file.Name, file => Pixels(() => ImageReader.Read(file.Content)));
        }

        public override string Subject => _path;

        public override string Run(FuzzInput input)
        {
            File.WriteAllBytes(_path, input.Content);
            var pixels = Pixels(() => ImageReader.Read(_path));
            var again = Pixels(() => input.Index % 2 == 0 ? ImageReader.Read(input.Content) : ImageReader.Read(new MemoryStream(input.Content)));
            if (!pixels.AsSpan().SequenceEqual(again))
                throw new WrongResultException("The pixels of the file and those of its content differ.");
            var isSame = pixels.AsSpan().SequenceEqual(_intact[input.File.Name]);
            if (input.IsIntact && !isSame)
                throw new WrongResultException("An intact file has other pixels than before.");
            return isSame ? "the same pixels" : "other pixels";
        }

        /// <summary>Height and width, then the pixels.</summary>
        private static byte[] Pixels(Func<MLImage> read)
        {
            using var image = read();
            if ((long)image.Height * image.Width > ImageReader.DefaultMaxPixels)
                throw new WrongResultException("The image has more pixels than allowed.");
            return [.. BitConverter.GetBytes(image.Height), .. BitConverter.GetBytes(image.Width), .. image.Pixels];
        }
    }
}
