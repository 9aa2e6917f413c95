using Microsoft.ML;
using Rf3d.Datasets;

namespace Rf3d.MLNet.Tests.Datasets;

[TestClass]
public sealed class CifarArchiveTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void An_archive_reads_like_its_folder()
    {
        using var folder = new TempFolder();
        var archive = Pack10(folder);

        var view = _ml.Data.LoadCifar10(archive);

        var plain = _ml.Data.LoadCifar10(folder["cifar-10-batches-bin"]);
        CollectionAssert.AreEqual(Rows.Labels(plain), Rows.Labels(view));
        Assert.AreEqual(9, Rows.Pixels(view)[9][2]);
    }

    [TestMethod]
    public void A_folder_that_only_has_the_archive_is_enough()
    {
        using var folder = new TempFolder();
        CifarFixture.Write100(folder["cifar-100-binary"]);
        CifarFixture.Pack(folder["cifar-100-binary"], folder["cifar-100-binary.tar.gz"]);
        Directory.Delete(folder["cifar-100-binary"], recursive: true);

        Assert.AreEqual(CifarFixture.PerFile, _ml.Data.LoadCifar100(folder.Path).GetRowCount());
    }

    [TestMethod]
    public void An_archive_is_unpacked_once_and_again_only_after_it_changed()
    {
        using var folder = new TempFolder();
        var archive = Pack10(folder);
        _ml.Data.LoadCifar10(archive);
        var unpacked = archive + ".unpacked";
        var mark = Path.Combine(unpacked, "mark");
        File.WriteAllText(mark, "");

        _ml.Data.LoadCifar10(archive, CifarSplit.Test);
        Assert.IsTrue(File.Exists(mark), "The same archive was unpacked twice.");

        File.SetLastWriteTimeUtc(archive, File.GetLastWriteTimeUtc(archive).AddSeconds(10));
        _ml.Data.LoadCifar10(archive);
        Assert.IsFalse(File.Exists(mark), "A changed archive was not unpacked again.");
        CollectionAssert.AreEquivalent(new[] { unpacked }, Directory.GetDirectories(folder.Path, "*.unpacked*"));
    }

    [TestMethod]
    public void Folders_that_killed_processes_left_are_deleted_after_an_hour()
    {
        using var folder = new TempFolder();
        var archive = Pack10(folder);
        string[] left = [archive + ".unpacked.1.tmp", archive + ".unpacked.2.old", archive + ".unpacked.3.tmp", archive + ".unpacked.mine"];
        foreach (var path in left)
        {
            Directory.CreateDirectory(path);
            File.WriteAllText(Path.Combine(path, "data_batch_1.bin"), "");
            Directory.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(path.EndsWith("3.tmp", StringComparison.Ordinal) ? -50 : -70));
        }
        _ml.Data.LoadCifar10(archive);
        CollectionAssert.AreEqual(new[] { false, false, true, true }, Array.ConvertAll(left, Directory.Exists));
    }

    [TestMethod]
    public void A_damaged_archive_is_an_error_and_leaves_nothing_behind()
    {
        using var folder = new TempFolder();
        var archive = Pack10(folder);
        using (var file = File.OpenWrite(archive))
            file.SetLength(file.Length / 2);

        var error = Assert.Throws<Exception>(() => _ml.Data.LoadCifar10(archive));

        Assert.IsTrue(error is InvalidDataException or FileNotFoundException, error.ToString());
        StringAssert.Contains(error.Message, archive);
        Assert.IsEmpty(Directory.GetDirectories(folder.Path, "*unpacked*"));
    }

    [TestMethod]
    public void A_file_that_is_no_archive_is_an_error()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["cifar-10-binary.tar.gz"], "<html>Not Found</html>");

        var error = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Data.LoadCifar10(folder["cifar-10-binary.tar.gz"]));

        StringAssert.Contains(error.Message, "not a .tar.gz");
    }

    [TestMethod]
    public void The_archive_of_the_other_data_set_is_an_error_that_names_the_missing_file()
    {
        using var folder = new TempFolder();
        var archive = Pack10(folder);

        var error = Assert.ThrowsExactly<FileNotFoundException>(() => _ml.Data.LoadCifar100(archive));

        StringAssert.Contains(error.Message, "train.bin");
    }

    [TestMethod]
    public void An_archive_in_a_place_that_cannot_be_written_is_unpacked_elsewhere()
    {
        using var folder = new TempFolder();
        var archive = Pack10(folder);
        // No user can create a folder below a file.
        var refused = Path.Combine(archive, "unpacked");

        for (var time = 0; time < 2; time++)
            Assert.AreEqual(folder["cache", "user"], CifarArchive.Unpack(archive, CifarLayout.Cifar10, refused, folder["cache", "user"]));

        Assert.AreEqual(35, _ml.Data.LoadCifar10(folder["cache", "user"]).GetRowCount());
    }

    [TestMethod]
    public void Threads_that_load_the_same_archive_share_one_unpacked_folder()
    {
        using var folder = new TempFolder();
        var archive = Pack10(folder);

        Parallel.For(0, 6, _ => Assert.AreEqual(35, new MLContext(1).Data.LoadCifar10(archive).GetRowCount()));

        Assert.HasCount(1, Directory.GetDirectories(folder.Path, "*unpacked*"));
    }

    private static string Pack10(TempFolder folder)
    {
        CifarFixture.Write10(folder["cifar-10-batches-bin"]);
        CifarFixture.Pack(folder["cifar-10-batches-bin"], folder["cifar-10-binary.tar.gz"]);
        return folder["cifar-10-binary.tar.gz"];
    }
}
