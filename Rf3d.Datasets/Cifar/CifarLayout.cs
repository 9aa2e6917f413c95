namespace Rf3d.Datasets;

/// <summary>The files of one CIFAR distribution, and the bytes before the pixels of each record.</summary>
internal sealed record CifarLayout(
    string Name, string SubFolder, string Archive, string ArchiveMd5, string[] TrainFiles, string[] TestFiles, int LabelBytes, string[] NameFiles)
{
    public const int Side = 32;
    public const int Plane = Side * Side;

    public static CifarLayout Cifar10 { get; } = new(
        "CIFAR-10", "cifar-10-batches-bin", "cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530",
        ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"], ["test_batch.bin"],
        1, ["batches.meta.txt"]);

    public static CifarLayout Cifar100 { get; } = new(
        "CIFAR-100", "cifar-100-binary", "cifar-100-binary.tar.gz", "03b5dce01913d631647c71ecec9e9cb8",
        ["train.bin"], ["test.bin"],
        2, ["fine_label_names.txt", "coarse_label_names.txt"]);

    public int RecordBytes => LabelBytes + 3 * Plane;

    public IEnumerable<string> AllFiles => TrainFiles.Concat(TestFiles).Concat(NameFiles);

    public string[] FilesOf(CifarSplit split) => split == CifarSplit.Train ? TrainFiles : TestFiles;
}

/// <summary>One of the labels in a record: where its byte is, where its names are, and how many they are.</summary>
internal readonly record struct CifarLabelKind(int Offset, string NameFile, int Classes)
{
    public static CifarLabelKind Cifar10 { get; } = new(0, "batches.meta.txt", 10);

    public static CifarLabelKind Fine { get; } = new(1, "fine_label_names.txt", 100);

    public static CifarLabelKind Coarse { get; } = new(0, "coarse_label_names.txt", 20);
}
