using Microsoft.ML;
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
            Assert.ThrowsExactly<NotSupportedException>(() => target.Complete(new Killed(), null!, TextWriter.Null, CancellationToken.None));
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

    [TestMethod]
    public void After_a_cancelled_training_by_a_configuration_the_next_one_has_a_report_again()
    {
        Images.Dataset(_folder["data"], 6);
        File.WriteAllText(_folder["Model.zip"], "old");
        File.WriteAllText(_folder["Model.report.html"], "old");
        var request = new TrainingRequest { Dataset = _folder["data"] };
        var mlContext = new MLContext(1);
        var data = DataSets.Load(mlContext, request);
        var finished = new TrainedClassifier(SmallTransformer.Model, mlContext, data, TimeSpan.FromSeconds(1));
        var figures = new ImageEvaluation([.. data.Classes], new long[,] { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } }, 0, [], null!, null!);
        using var error = new StringWriter();
        using (var target = ModelFileTarget.Beside(_folder["Model.mbconfig"], request))
        {
            target.Open();
            finished.Save(target.StagedModel);
            Assert.IsNull(target.Complete(finished, figures, error, new CancellationToken(canceled: true)));
        }
        // A training by a configuration replaces the report that is there.
        Assert.Contains("There is no report on this model", File.ReadAllText(_folder["Model.report.html"]));
        Assert.Contains("it now says that there is none", error.ToString());
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
