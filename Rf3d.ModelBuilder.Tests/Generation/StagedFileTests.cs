namespace Rf3d.ModelBuilder.Tests.Generation;

/// <summary>A file that takes its name when it is complete.</summary>
[TestClass]
public sealed class StagedFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void A_file_that_is_not_committed_leaves_the_old_one()
    {
        File.WriteAllText(_folder["Model.zip"], "old");
        using (var staged = new StagedFile(_folder["Model.zip"]).Open())
            File.WriteAllText(staged.Path, "new");
        Assert.AreEqual("old", File.ReadAllText(_folder["Model.zip"]));
        Assert.HasCount(1, Directory.GetFiles(_folder.Path));
    }

    [TestMethod]
    public void A_link_stays_one_and_the_file_that_it_leads_to_is_replaced()
    {
        File.WriteAllText(_folder.New("models", "v1.zip"), "old");
        File.CreateSymbolicLink(_folder["Model.zip"], Path.Combine("models", "v1.zip"));
        using (var staged = new StagedFile(_folder["Model.zip"]).Open())
        {
            // In the folder of the file, so that it takes the name in one step.
            Assert.AreEqual(new DirectoryInfo(_folder["models"]).Name, new FileInfo(staged.Path).Directory!.Name);
            // By either name it is one file.
            Assert.ThrowsExactly<CommandException>(() => new StagedFile(_folder["models", "v1.zip"]).Open());
            File.WriteAllText(staged.Path, "new");
            staged.Commit();
        }
        Assert.AreEqual("new", File.ReadAllText(_folder["models", "v1.zip"]));
        Assert.AreEqual(Path.Combine("models", "v1.zip"), new FileInfo(_folder["Model.zip"]).LinkTarget);
        Assert.HasCount(1, Directory.GetFiles(_folder["models"]));
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void A_file_has_the_permissions_of_the_one_that_it_replaces()
    {
        if (OperatingSystem.IsWindows())
            return;
        const UnixFileMode Shared = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
        File.WriteAllText(_folder["Model.zip"], "old");
        File.SetUnixFileMode(_folder["Model.zip"], Shared);
        using (var staged = new StagedFile(_folder["Model.zip"]).Open())
        {
            File.WriteAllText(staged.Path, "new");
            staged.Commit();
        }
        Assert.AreEqual(Shared, File.GetUnixFileMode(_folder["Model.zip"]));
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    [DataRow(UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [DataRow(UnixFileMode.UserRead)]
    public void A_file_that_others_may_not_read_stays_so_while_the_new_one_is_written(UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
            return;
        File.WriteAllText(_folder["Model.zip"], "old");
        File.SetUnixFileMode(_folder["Model.zip"], mode);
        using (var staged = new StagedFile(_folder["Model.zip"]).Open())
        {
            File.WriteAllText(staged.Path, "new");
            Assert.AreEqual(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(staged.Path));
            staged.Commit();
        }
        Assert.AreEqual(mode, File.GetUnixFileMode(_folder["Model.zip"]));
        Assert.AreEqual("new", File.ReadAllText(_folder["Model.zip"]));
    }
}
