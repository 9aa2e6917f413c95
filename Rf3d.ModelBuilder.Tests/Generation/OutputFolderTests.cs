namespace Rf3d.ModelBuilder.Tests.Generation;

[TestClass]
public class OutputFolderTests
{
    [TestMethod]
    public void What_is_not_committed_leaves_nothing()
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
    public void Where_replacing_is_interrupted_the_folder_does_not_look_complete()
    {
        using var parent = new TempFolder();
        File.WriteAllText(parent.New("Model", "marker"), "old");
        // A folder of this name is in the way of the second file.
        Directory.CreateDirectory(parent["Model", "b.txt", "in-the-way"]);
        using (var folder = OutputFolder.Prepare(parent.Path, "Model", "marker", force: true))
        {
            foreach (var name in new[] { "a.txt", "b.txt", "marker" })
                File.WriteAllText(Path.Combine(folder.Staging, name), "new");
            Assert.Throws<Exception>(folder.Commit);
        }
        Assert.AreEqual("new", File.ReadAllText(parent["Model", "a.txt"]));
        Assert.IsFalse(File.Exists(parent["Model", "marker"]));
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
