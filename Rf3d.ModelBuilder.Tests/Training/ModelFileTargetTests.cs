using Rf3d.MLNet;

namespace Rf3d.ModelBuilder.Tests.Training;

[TestClass]
public sealed class ModelFileTargetTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [FieldReport(22)]
    public void A_command_killed_before_its_report_is_completed_by_the_same_command()
    {
        Directory.CreateDirectory(_folder["experiment"]);
        using (var target = Prepare())
        {
            target.Open();
            File.WriteAllText(target.StagedModel, "model");
            Assert.ThrowsExactly<NotSupportedException>(() => target.Complete(new Killed(), null!, TextWriter.Null));
        }
        Assert.AreEqual("model", File.ReadAllText(_folder["out", "Model.zip"]));
        Prepare().Dispose();

        // A model of another program is not replaced.
        File.WriteAllText(_folder["out", "Model.zip"], "another");
        Assert.Contains("is there already", Assert.ThrowsExactly<CommandException>(Prepare).Message);

        ModelFileTarget Prepare() => ModelFileTarget.Prepare(_folder["out", "Model.zip"], force: false, _folder["experiment"], hasReport: true);
    }

    [TestMethod]
    [FieldReport(18)]
    public void Temporary_reports_and_marks_of_a_killed_process_are_deleted()
    {
        var mark = $"interrupted.sha256.{Guid.NewGuid():N}.tmp";
        string[] left = [_folder.New("out", $"Model.report.html.{Guid.NewGuid():N}.tmp"), _folder.New("experiment", mark)];
        string[] others = [_folder["out", $"Other.report.html.{Guid.NewGuid():N}.tmp"], _folder["out", "Model.report.html.notes.tmp"]];
        foreach (var path in left.Concat(others))
            File.WriteAllText(path, "");
        using (var target = ModelFileTarget.Prepare(_folder["out", "Model.zip"], force: false, _folder["experiment"], hasReport: true))
            target.Open();
        new InterruptedModel(_folder["out", "Model.zip"], _folder["experiment"]).Remember(isInterrupted: false);
        foreach (var path in left)
            Assert.IsFalse(File.Exists(path), path);
        foreach (var path in others)
            Assert.IsTrue(File.Exists(path), path);
    }

    /// <summary>Represents a process that ends when its model is in place and its report is made.</summary>
    private sealed class Killed : IFinishedTraining
    {
        public TrainedClassifier Best => throw new NotSupportedException();

        public bool IsCancelled => false;

        public bool HasCheckpoint => true;

        public IReadOnlyList<Rf3dCandidate> Candidates => [];

        public ICommandResult Describe(TrainingResult model) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
