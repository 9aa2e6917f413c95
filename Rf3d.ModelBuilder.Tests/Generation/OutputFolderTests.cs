namespace Rf3d.ModelBuilder.Tests.Generation;

[TestClass]
public class OutputFolderTests
{
    [TestMethod]
    public void An_output_that_is_not_committed_leaves_no_files()
    {
        using var parent = new TempFolder();
        using (var folder = OutputFolder.Prepare(parent.Path, "Model", "marker", force: false))
        {
            File.WriteAllText(Path.Combine(folder.Staging, "a.txt"), "a");
            Assert.IsFalse(Directory.Exists(folder.Target));
        }
        Assert.IsEmpty(Directory.GetFileSystemEntries(parent.Path));
    }

    [TestMethod]
    public void Committed_files_are_there_all_at_once()
    {
        using var parent = new TempFolder();
        using (var folder = OutputFolder.Prepare(parent["deep", "er"], "Model", "marker", force: false))
        {
            Directory.CreateDirectory(Path.Combine(folder.Staging, "sub"));
            File.WriteAllText(Path.Combine(folder.Staging, "sub", "a.txt"), "a");
            folder.Commit();
        }
        Assert.AreEqual("a", File.ReadAllText(parent["deep", "er", "Model", "sub", "a.txt"]));
        Assert.HasCount(1, Directory.GetFileSystemEntries(parent["deep", "er"]));
    }

    [TestMethod]
    [FieldReport(22)]
    [OSCondition(OperatingSystems.Linux)]
    public void A_folder_is_replaced_in_one_step_and_other_files_stay()
    {
        using var parent = new TempFolder();
        foreach (var name in new[] { "marker", "a.txt", "mine.txt" })
            File.WriteAllText(parent.New("Model", name), "old");
        File.WriteAllText(parent.New("Model", "sub", "mine.txt"), "old");
        File.WriteAllText(parent.New("Model", "own", "deep", "mine.txt"), "old");
        File.CreateSymbolicLink(parent["Model", "link"], "mine.txt");
        using (var folder = OutputFolder.Prepare(parent.Path, "Model", "marker", force: true))
        {
            Directory.CreateDirectory(Path.Combine(folder.Staging, "sub"));
            foreach (var name in new[] { "marker", "a.txt", "b.txt", Path.Combine("sub", "new.txt") })
                File.WriteAllText(Path.Combine(folder.Staging, name), "new");
            // In one step: nothing of the new folder is in the old one.
            Assert.IsTrue(FolderExchange.TryRun(folder.Target, folder.Staging));
            Assert.AreEqual("old", File.ReadAllText(Path.Combine(folder.Staging, "a.txt")));
            Assert.IsFalse(File.Exists(Path.Combine(folder.Staging, "b.txt")));
        }
        foreach (var name in new[] { "marker", "a.txt", "b.txt", Path.Combine("sub", "new.txt") })
            Assert.AreEqual("new", File.ReadAllText(parent["Model", name]));
        foreach (var name in new[] { "mine.txt", "link", Path.Combine("sub", "mine.txt"), Path.Combine("own", "deep", "mine.txt") })
            Assert.AreEqual("old", File.ReadAllText(parent["Model", name]));
        Assert.AreEqual("mine.txt", new FileInfo(parent["Model", "link"]).LinkTarget);
        Assert.HasCount(1, Directory.GetFileSystemEntries(parent.Path));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Folders_have_the_permissions_of_those_that_they_replace()
    {
        if (OperatingSystem.IsWindows())
            return;
        const UnixFileMode Shared = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;
        using var parent = new TempFolder();
        File.WriteAllText(parent.New("Model", "sub", "a.txt"), "old");
        foreach (var path in new[] { parent["Model"], parent["Model", "sub"] })
            File.SetUnixFileMode(path, Shared);
        using (var folder = OutputFolder.Prepare(parent.Path, "Model", "marker", force: true))
        {
            Directory.CreateDirectory(Path.Combine(folder.Staging, "sub"));
            File.WriteAllText(Path.Combine(folder.Staging, "sub", "a.txt"), "new");
            folder.Commit();
        }
        Assert.AreEqual("new", File.ReadAllText(parent["Model", "sub", "a.txt"]));
        foreach (var path in new[] { parent["Model"], parent["Model", "sub"] })
            Assert.AreEqual(Shared, File.GetUnixFileMode(path));
    }

    [TestMethod]
    public void A_link_to_a_folder_stays_one()
    {
        using var parent = new TempFolder();
        File.WriteAllText(parent.New("real", "marker"), "old");
        Directory.CreateSymbolicLink(parent["Model"], parent["real"]);
        using (var folder = OutputFolder.Prepare(parent.Path, "Model", "marker", force: true))
        {
            File.WriteAllText(Path.Combine(folder.Staging, "marker"), "new");
            folder.Commit();
        }
        Assert.AreEqual("new", File.ReadAllText(parent["real", "marker"]));
        Assert.IsNotNull(new DirectoryInfo(parent["Model"]).LinkTarget);
    }

    [TestMethod]
    [FieldReport(22)]
    [OSCondition(OperatingSystems.Linux)]
    public void Where_replacing_fails_the_old_files_stay()
    {
        using var parent = new TempFolder();
        File.WriteAllText(parent.New("Model", "marker"), "old");
        // A folder of this name is in the way of the second file.
        Directory.CreateDirectory(parent["Model", "b.txt", "in-the-way"]);
        using (var folder = OutputFolder.Prepare(parent.Path, "Model", "marker", force: true))
        {
            foreach (var name in new[] { "a.txt", "b.txt", "marker" })
                File.WriteAllText(Path.Combine(folder.Staging, name), "new");
            Assert.Contains("b.txt' is a folder, and a generated file has that name", Assert.ThrowsExactly<IOException>(folder.Commit).Message);
        }
        Assert.IsFalse(File.Exists(parent["Model", "a.txt"]));
        Assert.AreEqual("old", File.ReadAllText(parent["Model", "marker"]));
        Assert.HasCount(1, Directory.GetFileSystemEntries(parent.Path));
    }

    [TestMethod]
    public void A_file_of_that_name_is_refused()
    {
        using var parent = new TempFolder();
        File.WriteAllText(parent["Model"], "");
        Assert.Contains("is a file", Assert.ThrowsExactly<CommandException>(() => OutputFolder.Prepare(parent.Path, "Model", "marker", force: true)).Message);
    }
}
