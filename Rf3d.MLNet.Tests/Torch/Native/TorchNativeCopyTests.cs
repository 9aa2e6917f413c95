namespace Rf3d.MLNet.Tests.Torch.Native;

[TestClass]
public class TorchNativeCopyTests
{
    private static readonly byte[] Content = [1, 2, 3, 4];

    [TestMethod]
    public void A_copy_is_named_by_its_content()
    {
        using var folder = new TempFolder();

        var path = LibraryCopy.Put(folder.Path, "libx.so", Content);

        Assert.AreEqual("libx-9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a.so", Path.GetFileName(path));
        CollectionAssert.AreEqual(Content, File.ReadAllBytes(path));
        Assert.AreEqual(1, Directory.GetFiles(folder.Path).Length, "No temporary file stays.");
    }

    [TestMethod]
    public void A_good_copy_is_left_alone()
    {
        using var folder = new TempFolder();
        var path = LibraryCopy.Put(folder.Path, "libx.so", Content);
        var time = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, time);

        Assert.AreEqual(path, LibraryCopy.Put(folder.Path, "libx.so", Content));

        Assert.AreEqual(time, File.GetLastWriteTimeUtc(path));
    }

    [TestMethod]
    [DataRow(new byte[0])]
    [DataRow(new byte[] { 1, 2, 3 })]
    [DataRow(new byte[] { 1, 2, 3, 5 })]
    [DataRow(new byte[] { 1, 2, 3, 4, 5 })]
    public void A_damaged_copy_is_rewritten(byte[] damaged)
    {
        using var folder = new TempFolder();
        var path = LibraryCopy.Put(folder.Path, "libx.so", Content);
        File.WriteAllBytes(path, damaged);

        LibraryCopy.Put(folder.Path, "libx.so", Content);

        CollectionAssert.AreEqual(Content, File.ReadAllBytes(path));
        Assert.AreEqual(1, Directory.GetFiles(folder.Path).Length);
    }

    [TestMethod]
    public void Many_may_write_the_same_copy_at_once()
    {
        using var folder = new TempFolder();
        var content = new byte[1_000_000];
        new Random(1).NextBytes(content);

        Parallel.For(0, 16, _ => CollectionAssert.AreEqual(content, File.ReadAllBytes(LibraryCopy.Put(folder.Path, "libx.so", content))));

        Assert.AreEqual(1, Directory.GetFiles(folder.Path).Length);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void A_copy_is_closed_to_other_users()
    {
        if (OperatingSystem.IsWindows())
            return;

        using var folder = new TempFolder();
        var open = Path.Combine(folder.Path, "open");
        Directory.CreateDirectory(open);
        File.SetUnixFileMode(open, (UnixFileMode)0b111_111_111);

        var path = LibraryCopy.Put(open, "libx.so", Content);

        Assert.AreEqual(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(open));
        Assert.AreEqual(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [TestMethod]
    public void A_folder_that_cannot_be_made_is_an_error_of_the_file_system()
    {
        using var folder = new TempFolder();
        var file = Path.Combine(folder.Path, "file");
        File.WriteAllBytes(file, []);

        Assert.Throws<IOException>(() => LibraryCopy.Put(file, "libx.so", Content));
    }
}
