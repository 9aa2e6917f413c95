namespace Rf3d.MLNet.Tests.Files;

/// <summary>A file that is written again stays what it was to others: the file that links lead to, with its permissions.</summary>
[TestClass]
public sealed class AtomicFileTests : IDisposable
{
    private const UnixFileMode UserAndGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void The_file_that_a_link_leads_to_is_replaced_and_the_link_stays()
    {
        File.WriteAllText(_folder.New("models", "v3.onnx"), "old");
        File.CreateSymbolicLink(_folder["models", "current.onnx"], "v3.onnx");
        File.CreateSymbolicLink(_folder["served.onnx"], Path.Combine("models", "current.onnx"));
        AtomicFile.Write(_folder["served.onnx"], "new"u8.ToArray());
        Assert.AreEqual("new", File.ReadAllText(_folder["models", "v3.onnx"]));
        Assert.AreEqual("v3.onnx", new FileInfo(_folder["models", "current.onnx"]).LinkTarget);
        Assert.AreEqual(Path.Combine("models", "current.onnx"), new FileInfo(_folder["served.onnx"]).LinkTarget);
        Assert.HasCount(2, Directory.GetFiles(_folder["models"]));

        // A link may lead to a file that is still to be written, and from a folder that is itself a link.
        Directory.CreateSymbolicLink(_folder["linked"], Path.Combine(_folder.Path, "models"));
        File.CreateSymbolicLink(_folder["models", "next.onnx"], Path.Combine("..", "v4.onnx"));
        AtomicFile.Write(_folder["linked", "next.onnx"], "next"u8.ToArray());
        Assert.AreEqual("next", File.ReadAllText(_folder["v4.onnx"]));
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void What_a_killed_process_left_beside_the_file_of_a_link_is_deleted()
    {
        File.WriteAllText(_folder.New("models", "v3.onnx"), "old");
        File.WriteAllText(_folder["models", $"v3.onnx.{Guid.NewGuid():N}.tmp"], "unfinished");
        File.CreateSymbolicLink(_folder["current.onnx"], Path.Combine("models", "v3.onnx"));
        AtomicFile.DeleteLeftovers(_folder["current.onnx"]);
        Assert.AreEqual(_folder["models", "v3.onnx"], Directory.GetFiles(_folder["models"]).Single());
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    [DataRow(UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [DataRow(UnixFileMode.UserRead | UnixFileMode.GroupRead)]
    [DataRow(UserAndGroup)]
    public void A_file_that_is_replaced_keeps_its_permissions(UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
            return;
        File.WriteAllText(_folder["model.zip"], "old");
        File.SetUnixFileMode(_folder["model.zip"], mode);
        AtomicFile.Write(_folder["model.zip"], stream =>
        {
            if (!OperatingSystem.IsWindows())
                Assert.AreEqual(mode, File.GetUnixFileMode(Directory.GetFiles(_folder.Path, "*.tmp").Single()), "No other may read it before it is complete.");
            stream.Write("new"u8);
        });
        Assert.AreEqual(mode, File.GetUnixFileMode(_folder["model.zip"]));
        Assert.AreEqual("new", File.ReadAllText(_folder["model.zip"]));
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void The_error_of_a_link_names_the_file_that_it_leads_to()
    {
        File.CreateSymbolicLink(_folder["current.zip"], Path.Combine("absent", "v3.zip"));
        var error = Assert.ThrowsExactly<IOException>(() => AtomicFile.Write(_folder["current.zip"], [1]));
        Assert.Contains(Path.Combine("absent", "v3.zip"), error.Message.Split(" cannot be written: ")[0]);
        Assert.Contains($"which the link '{_folder["current.zip"]}' leads to,", error.Message);
    }

    [TestMethod]
    public void A_file_that_cannot_be_written_is_named_and_nothing_is_left()
    {
        Directory.CreateDirectory(_folder["model.zip"]);
        var error = Assert.ThrowsExactly<IOException>(() => AtomicFile.Write(_folder["model.zip"], [1]));
        Assert.StartsWith($"'{_folder["model.zip"]}' cannot be written: ", error.Message);
        Assert.IsEmpty(Directory.GetFiles(_folder.Path));
    }
}
