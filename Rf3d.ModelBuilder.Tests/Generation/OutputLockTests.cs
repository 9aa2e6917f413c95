namespace Rf3d.ModelBuilder.Tests.Generation;

/// <summary>One command at a time for each output, and nothing left of those that were killed.</summary>
[TestClass]
public sealed class OutputLockTests : IDisposable
{
    private const string Guid = "0123456789abcdef0123456789abcdef";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [FieldReport(22)]
    public void A_second_command_for_the_same_output_is_refused()
    {
        using (OutputFolder.Prepare(_folder.Path, "Model", "marker", force: true))
        {
            Assert.Contains("If another command writes it", Assert.ThrowsExactly<CommandException>(() => OutputFolder.Prepare(_folder.Path, "Model", "marker", force: true)).Message);
            using var other = OutputFolder.Prepare(_folder.Path, "Other", "marker", force: false);
        }
        using (new StagedFile(_folder["Model.zip"]).Open())
            Assert.Contains("If another command writes it", Assert.ThrowsExactly<CommandException>(() => new StagedFile(_folder["Model.zip"]).Open()).Message);
        new StagedFile(_folder["Model.zip"]).Open().Dispose();
        Assert.IsEmpty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [TestMethod]
    [FieldReport(22)]
    public void The_tool_refuses_before_it_trains()
    {
        using var taken = new StagedFile(_folder["Colours.zip"]).Open();
        var result = Tool.Run("train", "--dataset", GeneratedApplication.Dataset, "--name", "Colours", "--output", _folder.Path, "--epoch", "1").Must(1);
        Assert.Contains($"'{_folder["Colours.zip"]}' cannot be written now", result.Error);
        Assert.AreEqual("", result.Output);
    }

    [TestMethod]
    [FieldReport(18)]
    public void Files_of_killed_commands_are_deleted_and_no_others()
    {
        File.WriteAllText(_folder.New($".Model.{Guid}.tmp", "sub", "a.txt"), "");
        File.WriteAllText(_folder[$"Model.zip.{Guid}.tmp"], "");
        // A copy that was begun when its command was cancelled.
        File.WriteAllText(_folder[$"Model.zip.{Guid}.tmp.{Guid}.tmp"], "");
        File.WriteAllText(_folder[".Model.lock"], "");
        string[] others = [$".Models.{Guid}.tmp", $"Model.{Guid[1..]}.tmp", $"Model.{Guid}", $"A.Model.{Guid}.tmp", "Model.zip.tmp"];
        foreach (var other in others)
            File.WriteAllText(_folder[other], "");
        OutputFolder.Prepare(_folder.Path, "Model", "marker", force: false).Dispose();
        new StagedFile(_folder["Model.zip"]).Open().Dispose();
        CollectionAssert.AreEquivalent(others, Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    public void Files_of_a_running_command_stay()
    {
        using var folder = OutputFolder.Prepare(_folder.Path, "Model", "marker", force: false);
        Assert.ThrowsExactly<CommandException>(() => OutputFolder.Prepare(_folder.Path, "Model", "marker", force: false));
        Assert.IsTrue(Directory.Exists(folder.Staging));
    }
}
