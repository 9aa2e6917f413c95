using System.Diagnostics;

namespace Rf3d.ModelBuilder.Tests.Commands;

[TestClass]
public sealed class TemporaryFolderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [DoNotParallelize]
    public void Temporary_files_go_into_a_folder_of_the_process_that_is_gone_at_its_end()
    {
        var before = Path.GetTempPath();
        using (var own = TemporaryFolder.TryOpen(_folder.Path))
        {
            Assert.StartsWith(own!.Path, Path.GetTempPath());
            Assert.AreEqual(_folder.Path, TemporaryFolder.OfSystem);
            File.WriteAllText(Path.Combine(own.Path, "file"), "");
            // Another process takes neither the folder nor its lock.
            using var other = TemporaryFolder.TryOpen(_folder.Path);
            Assert.IsTrue(File.Exists(Path.Combine(own.Path, "file")));
            Assert.HasCount(4, Directory.GetFileSystemEntries(_folder.Path));
        }
        Assert.AreEqual(before, Path.GetTempPath());
        Assert.IsEmpty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [TestMethod]
    [FieldReport(18)]
    [DoNotParallelize]
    public void Files_of_a_dead_process_are_deleted_and_no_others()
    {
        File.WriteAllText(_folder.New("rf3d-run-dead", "ml_dotnet_1", "network.onnx"), "");
        File.WriteAllText(_folder["rf3d-run-dead.lock"], "");
        File.WriteAllText(_folder["rf3d-run-alone.lock"], "");
        File.WriteAllText(_folder.New("ml_dotnet_2", "network.onnx"), "of another program");
        File.WriteAllText(_folder.New("rf3d-run-unknown", "file"), "without a lock");
        TemporaryFolder.TryOpen(_folder.Path)!.Dispose();
        CollectionAssert.AreEquivalent(new[] { "ml_dotnet_2", "rf3d-run-unknown" }, Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).ToArray());
        Assert.IsNull(TemporaryFolder.TryOpen(_folder["absent"]));
    }

    [TestMethod]
    [DoNotParallelize]
    public void A_folder_of_a_long_run_does_not_look_unused_and_is_made_again_where_the_system_has_deleted_it()
    {
        var old = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var own = TemporaryFolder.TryOpen(_folder.Path)!;
        using (own)
        {
            Directory.SetLastWriteTimeUtc(own.Path, old);
            own.Refresh();
            Assert.IsGreaterThan(old.AddDays(1), Directory.GetLastWriteTimeUtc(own.Path));
            Directory.Delete(own.Path);
            own.Refresh();
            Assert.IsTrue(Directory.Exists(own.Path));
        }
        own.Refresh();
        Assert.IsEmpty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [TestMethod]
    [FieldReport(18)]
    public void A_killed_command_leaves_nothing_once_the_next_has_run()
    {
        Dictionary<string, string> environment = new() { ["TMPDIR"] = _folder.Path, ["TMP"] = _folder.Path };
        using (var killed = Process.Start(Tool.StartInfo("dotnet", [Tool.Assembly, "serve", GeneratedApplication.Model, "--port", "0"], environment))!)
        {
            // Killed as soon as it has its folder.
            while (Directory.GetDirectories(_folder.Path, "rf3d-run-*").Length == 0)
                Assert.IsFalse(killed.WaitForExit(5), "The command ended before it was killed.");
            killed.Kill();
            killed.WaitForExit();
        }
        Assert.IsNotEmpty(Directory.GetDirectories(_folder.Path, "rf3d-run-*"));
        Tool.Start("dotnet", [Tool.Assembly, "plan", "--architecture", "mobilenet"], environment: environment).Must(0);
        Assert.IsEmpty(Directory.GetFileSystemEntries(_folder.Path, "rf3d-*"));
    }
}
