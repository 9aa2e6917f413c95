using Rf3d.Planning;

namespace Rf3d.ModelBuilder.Tests.Commands;

/// <summary>A trained model is not lost: room is looked for before, and another place after.</summary>
[TestClass]
public sealed class ModelRescueTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [FieldReport(16)]
    public void A_model_that_cannot_be_written_goes_where_there_is_room()
    {
        static void Save(string path)
        {
            File.WriteAllText(path, "model");
            if (path.Contains("full", StringComparison.Ordinal))
                throw new IOException("No space left on device.");
        }
        Directory.CreateDirectory(_folder["full"]);
        Directory.CreateDirectory(_folder["home"]);
        var error = Assert.ThrowsExactly<CommandException>(() => ModelRescue.Run<int>(
            Save, "Colours", _folder["full"], () => throw new IOException("No space left on device."), [_folder["full"], _folder["absent"], _folder["home"]]));
        var saved = Directory.GetFiles(_folder["home"]).Single();
        Assert.StartsWith("No space left on device. The trained model is not lost: it is in '", error.Message);
        Assert.Contains(saved, error.Message);
        Assert.AreEqual("model", File.ReadAllText(saved));
        Assert.IsEmpty(Directory.GetFiles(_folder["full"]));
    }

    [TestMethod]
    public void Where_there_is_no_room_at_all_the_first_error_counts()
    {
        var error = Assert.ThrowsExactly<InvalidDataException>(() => ModelRescue.Run<int>(
            _ => throw new IOException("full"), "Colours", _folder.Path, () => throw new InvalidDataException("first"), [_folder.Path]));
        Assert.AreEqual("first", error.Message);
        var saves = 0;
        Assert.ThrowsExactly<OperationCanceledException>(() => ModelRescue.Run<int>(_ => saves++, "Colours", _folder.Path, () => throw new OperationCanceledException(), [_folder.Path]));
        Assert.AreEqual(0, saves);
    }

    [TestMethod]
    public void Any_error_at_one_place_leads_to_the_next()
    {
        string[] places = [Directory.CreateDirectory(_folder["one"]).FullName, Directory.CreateDirectory(_folder["other"]).FullName];
        void Save(string path)
        {
            File.WriteAllText(path, "model");
            if (Path.GetDirectoryName(path) == places[0])
                throw new NotSupportedException("An error of the place.");
        }
        var error = Assert.ThrowsExactly<CommandException>(() => ModelRescue.Run<int>(Save, "Colours", places[0], () => throw new InvalidDataException("The first error."), places));
        Assert.StartsWith("The first error. The trained model is not lost: it is in '", error.Message);
        Assert.IsEmpty(Directory.GetFiles(places[0]));
        Assert.HasCount(1, Directory.GetFiles(places[1]));
    }

    [TestMethod]
    [FieldReport(16)]
    public void Room_is_looked_for_before_the_training()
    {
        var plan = NetworkPlan.Create(ConvNetFactory.Create(Architecture.ResNet18, 32, 32, 10), OrganizerOptions.Off);
        FreeSpace.Require(_folder.Path, plan);
        FreeSpace.Require(_folder.Path, plan, _ => 100_000_000);
        // A network share of Windows, of which the system does not say it.
        FreeSpace.Require(_folder.Path, plan, _ => null);
        var error = Assert.ThrowsExactly<CommandException>(() => FreeSpace.Require(_folder.Path, plan, place => place == _folder.Path ? 50_000_000 : long.MaxValue));
        Assert.Contains($"'{_folder.Path}' has 50.0 MB left, and the model needs about 60.7 MB", error.Message);
        Assert.Contains(OperatingSystem.IsWindows() ? "the variable TMP)" : "the variable TMPDIR)", Assert.ThrowsExactly<CommandException>(() => FreeSpace.Require(_folder.Path, plan, place => place == _folder.Path ? long.MaxValue : 0)).Message);
    }

    [TestMethod]
    [FieldReport(16)]
    public void A_test_image_that_cannot_be_read_does_not_cost_the_training()
    {
        Images.Dataset(_folder["data", "train"], 8);
        Images.Dataset(_folder["data", "test"], 2, seed: 2);
        Images.WriteCut(_folder["data", "test", "red", "cut.png"]);
        var result = Tool.Run(
            "train", "--dataset", _folder["data"], "--name", "Colours", "--output", _folder["out"], "--epoch", "1", "--image-size", "16", "--batch-size", "8", "--device", "cpu").Must(1);
        Assert.Contains("cut.png", result.Error);
        var saved = Directory.GetFileSystemEntries(_folder["out"]).Single();
        Assert.Contains($"The trained model is not lost: it is in '{saved}'.", result.Error);
        Tool.Run("evaluate", saved, "--dataset", _folder["data"], "--skip-bad-images").Must(0);
    }
}
