using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Rf3d.Datasets;

namespace Rf3d.MLNet.Tests.Datasets;

[TestClass]
public sealed class CifarTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void Cifar10_reads_all_batches_in_order_with_names_and_colours()
    {
        using var folder = new TempFolder();
        CifarFixture.Write10(folder.Path);

        var view = _ml.Data.LoadCifar10(folder.Path);

        Assert.AreEqual(35, view.GetRowCount());
        CollectionAssert.AreEqual(CifarFixture.Names10, Rows.KeyNames(view));
        CollectionAssert.AreEqual(Enumerable.Range(0, 35).Select(n => (uint)(n % 10) + 1).ToArray(), Rows.Labels(view));
        Assert.AreEqual(new ImageDataViewType(32, 32), view.Schema["Image"].Type);
        var pixels = Rows.Pixels(view);
        // Blue, green, red, alpha of the first two pixels of image 9.
        CollectionAssert.AreEqual(new byte[] { 11, 10, 9, 255, 202, 201, 200, 255, 11, 10, 9, 255 }, pixels[9][..12]);
        Assert.AreEqual(4 * 1024, pixels[9].Length);
    }

    [TestMethod]
    public void Cifar10_test_split_reads_the_test_batch_in_the_distributed_sub_folder()
    {
        using var folder = new TempFolder();
        CifarFixture.Write10(folder["cifar-10-batches-bin"]);

        var view = _ml.Data.LoadCifar10(folder.Path, CifarSplit.Test);

        Assert.AreEqual(CifarFixture.PerFile, view.GetRowCount());
        Assert.AreEqual(100, Rows.Pixels(view, 1)[0][2]);
    }

    [TestMethod]
    public void Cifar100_has_fine_and_coarse_labels()
    {
        using var folder = new TempFolder();
        CifarFixture.Write100(folder["cifar-100-binary"]);

        var fine = _ml.Data.LoadCifar100(folder.Path);
        var coarse = _ml.Data.LoadCifar100(folder.Path, CifarSplit.Test, CifarLabels.Coarse);

        Assert.AreEqual(100u, Rows.Labels(fine)[0]);
        Assert.AreEqual("fine_99", Rows.KeyNames(fine)[99]);
        Assert.HasCount(20, Rows.KeyNames(coarse));
        Assert.AreEqual(11u, Rows.Labels(coarse)[0]);
        Assert.AreEqual(50, Rows.Pixels(coarse, 1)[0][2]);
    }

    [TestMethod]
    public void A_truncated_file_is_named_with_its_length_when_loading()
    {
        using var folder = new TempFolder();
        CifarFixture.Write10(folder.Path);
        using (var file = File.OpenWrite(folder["data_batch_3.bin"]))
            file.SetLength(3073 * 2 + 5);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadCifar10(folder.Path));

        foreach (var part in new[] { "data_batch_3.bin", "6151 bytes", "3073", "2 records and 5 bytes" })
            StringAssert.Contains(error.Message, part);
    }

    [TestMethod]
    public void An_empty_file_is_an_error_when_loading()
    {
        using var folder = new TempFolder();
        CifarFixture.Write10(folder.Path);
        File.WriteAllBytes(folder["test_batch.bin"], []);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadCifar10(folder.Path, CifarSplit.Test));

        StringAssert.Contains(error.Message, "empty");
    }

    [TestMethod]
    [DataRow("data_batch_4.bin")]
    [DataRow("batches.meta.txt")]
    public void A_missing_file_is_named_when_loading(string name)
    {
        using var folder = new TempFolder();
        CifarFixture.Write10(folder.Path);
        File.Delete(folder[name]);

        var error = Assert.ThrowsExactly<FileNotFoundException>(() => _ml.Data.LoadCifar10(folder.Path));

        StringAssert.Contains(error.Message, name);
        Assert.AreEqual(folder[name], error.FileName);
    }

    [TestMethod]
    public void The_error_for_a_folder_without_cifar_names_the_expected_files()
    {
        using var folder = new TempFolder();

        var error = Assert.ThrowsExactly<FileNotFoundException>(() => _ml.Data.LoadCifar100(folder.Path));

        foreach (var part in new[] { folder.Path, "train.bin", "cifar-100-binary.tar.gz" })
            StringAssert.Contains(error.Message, part);
        Assert.ThrowsExactly<FileNotFoundException>(() => _ml.Data.LoadCifar10(folder["nowhere"]));
    }

    [TestMethod]
    public void A_wrong_number_of_class_names_is_an_error_when_loading()
    {
        using var folder = new TempFolder();
        CifarFixture.Write10(folder.Path);
        File.WriteAllLines(folder["batches.meta.txt"], CifarFixture.Names10[..9]);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadCifar10(folder.Path));

        StringAssert.Contains(error.Message, "9 class names where 10");
    }

    [TestMethod]
    public void A_label_out_of_range_names_the_file_and_the_record_when_read()
    {
        using var folder = new TempFolder();
        CifarFixture.Write10(folder.Path);
        using (var file = File.OpenWrite(folder["data_batch_2.bin"]))
        {
            file.Position = 3073 * 4;
            file.WriteByte(10);
        }
        var view = _ml.Data.LoadCifar10(folder.Path);

        foreach (var error in new[]
        {
            Assert.ThrowsExactly<InvalidDataException>(() => Rows.Labels(view)),
            Assert.ThrowsExactly<InvalidDataException>(() => Rows.Pixels(view)),
        })
        {
            StringAssert.Contains(error.Message, "data_batch_2.bin");
            StringAssert.Contains(error.Message, "label 10 in record 4");
        }
    }

    [TestMethod]
    public void A_file_that_shrinks_while_in_use_is_an_error_not_garbage()
    {
        using var folder = new TempFolder();
        CifarFixture.Write10(folder.Path);
        var view = _ml.Data.LoadCifar10(folder.Path);
        using (var file = File.OpenWrite(folder["data_batch_5.bin"]))
            file.SetLength(100);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => Rows.Pixels(view));

        StringAssert.Contains(error.Message, "ends at byte 100");
    }

    [TestMethod]
    public void Labels_alone_are_read_without_creating_images()
    {
        using var folder = new TempFolder();
        CifarFixture.Write10(folder.Path);
        var view = _ml.Data.LoadCifar10(folder.Path);
        using var cursor = view.GetRowCursor([view.Schema["Label"]]);

        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<MLImage>(view.Schema["Image"]));
        Assert.HasCount(35, Rows.Labels(cursor));
    }
}
