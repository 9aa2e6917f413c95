using System.Formats.Tar;
using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;

namespace Rf3d.Fuzz;

/// <summary>CIFAR-10 in its binary form: a file of images, the names of the classes, and the archive of both.</summary>
internal sealed class CifarKind : FuzzKind
{
    private const string Batch = "test_batch.bin";
    private const string Names = "batches.meta.txt";
    private const string Archive = "cifar-10-binary.tar.gz";
    private const int Records = 5;

    public override string Name => "cifar";

    public override string Subject => "CIFAR-10: images, names of classes, archive (`LoadCifar10`, all rows; they must be those of the bytes, of an archive those of the intact one)";

    public override IReadOnlyList<Type> Errors => [typeof(InvalidDataException), typeof(FileNotFoundException)];

    public override void WriteCorpus(string folder)
    {
        var batch = Images();
        var names = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n"u8.ToArray();
        File.WriteAllBytes(Path.Combine(folder, Batch), batch);
        File.WriteAllBytes(Path.Combine(folder, Names), names);
        using var file = File.Create(Path.Combine(folder, Archive));
        using var gzip = new GZipStream(file, CompressionLevel.Optimal);
        using var tar = new TarWriter(gzip, TarEntryFormat.Ustar);
        foreach (var name in CifarLayout.Cifar10.AllFiles)
        {
            var entry = new UstarTarEntry(TarEntryType.RegularFile, $"cifar-10-batches-bin/{name}")
            {
                DataStream = new MemoryStream(name == Names ? names : batch),
                ModificationTime = DateTimeOffset.UnixEpoch,
            };
            tar.WriteEntry(entry);
        }
    }

    public override FuzzCheck Open(Corpus corpus, string folder) => new Check(corpus, folder);

    private static byte[] Images()
    {
        var random = new SplitMix64(5);
        var bytes = new byte[Records * CifarLayout.Cifar10.RecordBytes];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)(i % CifarLayout.Cifar10.RecordBytes == 0 ? random.Below(10) : random.Below(256));
        return bytes;
    }

    private sealed class Check(Corpus corpus, string folder) : FuzzCheck
    {
        private string _subject = "";

        public override string Subject => _subject;

        public override string Run(FuzzInput input)
        {
            var data = Path.Combine(folder, "data");
            if (Directory.Exists(data))
                Directory.Delete(data, recursive: true);
            Directory.CreateDirectory(data);
            _subject = Path.Combine(data, input.File.Name);
            File.WriteAllBytes(_subject, input.Content);
            if (input.File.Name == Archive)
            {
                Require(Read(_subject), corpus[Batch].Content, "the archive");
                return "the rows of the intact archive";
            }
            var other = input.File.Name == Batch ? Names : Batch;
            File.WriteAllBytes(Path.Combine(data, other), corpus[other].Content);
            Require(Read(data), input.File.Name == Batch ? input.Content : corpus[Batch].Content, "the file");
            return "the rows of the bytes";
        }

        /// <summary>The rows in the form of the file: label, then red, green and blue.</summary>
        private static byte[] Read(string path)
        {
            var view = new MLContext(1).Data.LoadCifar10(path, CifarSplit.Test);
            List<byte> read = [];
            using var cursor = view.GetRowCursor(view.Schema);
            var (label, image) = (cursor.GetGetter<uint>(view.Schema["Label"]), cursor.GetGetter<MLImage>(view.Schema["Image"]));
            var (key, pixels) = (0u, default(MLImage)!);
            while (cursor.MoveNext())
            {
                label(ref key);
                image(ref pixels);
                read.Add((byte)(key - 1));
                var bytes = pixels.Pixels;
                for (var channel = 2; channel >= 0; channel--)
                {
                    for (var i = channel; i < bytes.Length; i += 4)
                        read.Add(bytes[i]);
                }
            }
            pixels?.Dispose();
            return [.. read];
        }

        private static void Require(byte[] rows, byte[] expected, string what)
        {
            if (!rows.AsSpan().SequenceEqual(expected))
                throw new WrongResultException($"The rows are not those of {what}.");
        }
    }
}
