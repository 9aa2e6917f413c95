namespace Rf3d.ModelBuilder.Tests.Training;

/// <summary>Where an application is generated.</summary>
[TestClass]
public sealed class ApplicationTargetTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void A_model_that_cannot_get_its_place_is_kept_beside_the_folder_of_the_application()
    {
        using var target = Prepare(new() { Dataset = _folder["photos"] });
        Assert.AreEqual(_folder["out"], target.Folder);
        Assert.IsTrue(Directory.Exists(target.Folder));
        Assert.IsFalse(Directory.Exists(Path.GetDirectoryName(target.Model)));
    }

    [TestMethod]
    [DataRow("is", "out", "Flowers")]
    [DataRow("lies in", "out")]
    [DataRow("contains", "out", "Flowers", "images")]
    public void Images_are_apart_from_generated_files_also_with_force(string relation, params string[] dataset)
    {
        var images = Directory.CreateDirectory(_folder[dataset]).FullName;
        foreach (var (option, request) in new (string, TrainingRequest)[]
        {
            ("--dataset", new() { Dataset = images }),
            ("--validation-dataset", new() { Dataset = _folder["photos"], ValidationDataset = images }),
            ("--test-dataset", new() { Dataset = _folder["photos"], TestDataset = images }),
        })
        {
            var error = Assert.ThrowsExactly<CommandException>(() => Prepare(request).Dispose());
            Assert.Contains($"{relation} the data set of {option}, '{images}'", error.Message);
        }
        Assert.IsEmpty(Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories));
    }

    [TestMethod]
    public void A_link_to_the_data_set_is_the_data_set()
    {
        Directory.CreateDirectory(_folder["photos"]);
        Directory.CreateDirectory(_folder["out"]);
        Directory.CreateSymbolicLink(_folder["out", "Flowers"], _folder["photos"]);
        Assert.Contains("is the data set", Assert.ThrowsExactly<CommandException>(() => Prepare(new() { Dataset = _folder["photos"] }).Dispose()).Message);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Names_that_differ_in_case_are_different_folders_where_the_system_says_so()
    {
        using var target = Prepare(new() { Dataset = _folder["out", "flowers"], CheckpointDirectory = _folder["out", "FLOWERS"] });
        Assert.AreEqual(_folder["out", "Flowers", "Flowers.zip"], target.Model);
    }

    private ApplicationTarget Prepare(TrainingRequest request) => ApplicationTarget.Prepare(_folder["out"], "Flowers", request, force: true, hasReport: false, ApplicationKind.MLNet);
}
