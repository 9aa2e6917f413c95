using System.Formats.Tar;
using System.IO.Compression;

namespace Rf3d.MLNet.Tests.Datasets;

/// <summary>Writes small data sets in the layout of CIFAR: the planes of image i are filled with i, i + 1 and i + 2.</summary>
internal static class CifarFixture
{
    public const int PerFile = 7;

    public static string[] Names10 { get; } =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    public static void Write10(string folder)
    {
        Directory.CreateDirectory(folder);
        for (var i = 1; i <= 5; i++)
            WriteRecords(Path.Combine(folder, $"data_batch_{i}.bin"), (i - 1) * PerFile, n => [(byte)(n % 10)]);
        WriteRecords(Path.Combine(folder, "test_batch.bin"), 100, n => [(byte)(n % 10)]);
        File.WriteAllText(Path.Combine(folder, "batches.meta.txt"), string.Join('\n', Names10) + "\n\n");
    }

    public static void Write100(string folder)
    {
        Directory.CreateDirectory(folder);
        WriteRecords(Path.Combine(folder, "train.bin"), 0, n => [(byte)(n % 20), (byte)(99 - n)]);
        WriteRecords(Path.Combine(folder, "test.bin"), 50, n => [(byte)(n % 20), (byte)(99 - n)]);
        File.WriteAllLines(Path.Combine(folder, "fine_label_names.txt"), Enumerable.Range(0, 100).Select(i => $"fine_{i}"));
        File.WriteAllLines(Path.Combine(folder, "coarse_label_names.txt"), Enumerable.Range(0, 20).Select(i => $"coarse_{i}"));
    }

    /// <summary>Packs a folder as it is distributed: its files below its own name, and a readme.html.</summary>
    public static void Pack(string folder, string archive)
    {
        File.WriteAllText(Path.Combine(folder, "readme.html"), "<html/>");
        using var file = File.Create(archive);
        using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        TarFile.CreateFromDirectory(folder, gzip, includeBaseDirectory: true);
    }

    private static void WriteRecords(string path, int first, Func<int, byte[]> labels)
    {
        using var file = File.Create(path);
        for (var n = first; n < first + PerFile; n++)
        {
            file.Write(labels(n));
            for (var plane = 0; plane < 3; plane++)
            {
                var bytes = Enumerable.Repeat((byte)(n + plane), 1024).ToArray();
                // The second pixel of the first row differs, so that rows and columns cannot be taken for each other.
                bytes[1] = (byte)(200 + plane);
                file.Write(bytes);
            }
        }
    }
}
