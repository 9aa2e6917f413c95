using Microsoft.ML;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.MLNet.Tests.Pretrained;
using Rf3d.MLNet.Tests.Serving;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Experiments;

/// <summary>Candidates that start from pretrained weights, beside those that start from drawn ones.</summary>
[TestClass]
public class PretrainedCandidatesTests
{
    private const string Known = "resnet18.mlnet_in1k";

    [TestMethod]
    public void Weights_of_the_shared_options_are_those_of_all_candidates_and_other_networks_are_not_possible()
    {
        var settings = Settings(size: 64);
        (settings.TrainerOptions.Pretrained, settings.TrainerOptions.RefitOnValidationSet) = (Known, true);
        (settings.SearchSpace.Architectures, settings.SearchSpace.WidthMultipliers) = ([Architecture.ResNet18, Architecture.ResNet34], [1, 0.5]);
        var candidates = All(settings);
        Assert.HasCount(4, candidates);
        Assert.AreEqual("2,2,2,3", string.Join(',', candidates[0].Plan!.Optimized.GetStageDepths()));
        Assert.AreEqual(Known, candidates[0].Weights);
        Assert.IsFalse(candidates[0].Options.RefitOnValidationSet, "The candidates are compared on these images.");
        Assert.Contains("WidthMultiplier is 0.5: a pretrained network keeps its width", candidates[1].Problem!);
        Assert.Contains("whose network is ResNet18, but Architecture is ResNet34", candidates[2].Problem!);
        Assert.IsNull(candidates[2].Plan);
    }

    [TestMethod]
    [DataRow(96, "ResNet18Slim=, resnet18.mlnet_in1k=resnet18.mlnet_in1k", "auto")]
    [DataRow(64, "ResNet18Slim=", "auto")]
    [DataRow(96, "ResNet18Slim=", "none")]
    [DataRow(96, "ResNet18Slim=, resnet18.mlnet_in1k=resnet18.mlnet_in1k", "auto", "none")]
    [DataRow(96, "ResNet18Slim=, resnet18.mlnet_in1k=resnet18.mlnet_in1k", "auto", Known)]
    [DataRow(64, "resnet18.mlnet_in1k=resnet18.mlnet_in1k", Known)]
    public void A_pretrained_network_is_a_base_network_where_it_suits_the_images_or_is_asked_for(int size, string expected, params string[] pretrained)
    {
        var settings = Settings(size);
        settings.SearchSpace.Pretrained = pretrained;
        Assert.AreEqual(expected, string.Join(", ", All(settings).Select(candidate => $"{candidate.Name.Split(' ')[0]}={candidate.Weights}")));
    }

    [TestMethod]
    public void For_few_small_images_the_pretrained_network_is_compared_with_the_others_and_sees_them_enlarged()
    {
        var settings = Settings(64);
        settings.SearchSpace.ImageSizes = [];
        var mlContext = new MLContext(1);
        var images = SmallTask.Images(mlContext, 40);
        var candidates = CandidateConfiguration.All(settings.CheckedCopy(), "Label", images, 40);
        CollectionAssert.AreEqual(new[] { "ResNet18Slim 16x16 off default", $"{Known} 128x128 off default" }, candidates.Select(candidate => candidate.Name).ToArray());
        Assert.IsTrue(candidates[1].IsProbe);
        // From learned weights the usual number, which is not used by a probe.
        CollectionAssert.AreEqual(new[] { 200, 20 }, candidates.Select(candidate => candidate.Epochs).ToArray());
        Assert.HasCount(1, CandidateConfiguration.All(settings.CheckedCopy(), "Label", images, 1_000));
        Assert.HasCount(1, CandidateConfiguration.All(settings.CheckedCopy(), "Label", images, null));
        settings.MaxMacs = 100_000_000;
        Assert.HasCount(1, CandidateConfiguration.All(settings.CheckedCopy(), "Label", images, 40));
    }

    [TestMethod]
    public void A_preset_without_pretrained_weights_is_not_for_those_that_are_found()
    {
        var settings = Settings(96);
        settings.SearchSpace.Recipes = [Rf3dRecipe.Default, new("fresh", options => options.Pretrained = "none")];
        CollectionAssert.AreEqual(
            new[] { "ResNet18Slim 96x96 off default", "ResNet18Slim 96x96 off fresh", "resnet18.mlnet_in1k 96x96 off default" }, All(settings).Select(candidate => candidate.Name).ToArray());
    }

    [TestMethod]
    public void Weights_of_a_model_go_into_the_base_networks()
    {
        using var folder = new TempFolder();
        var mlContext = new MLContext(1);
        var data = SmallTask.Images(mlContext, 40);
        using (var model = SmallTask.Trainer(mlContext, options => options.Epoch = 1).Fit(data))
            mlContext.Model.Save(model, data.Schema, folder["small.zip"]);
        var settings = SmallExperiment.Settings;
        (settings.SearchSpace.Decompositions, settings.SearchSpace.Pretrained) = ([Decomposition.Off], ["none", folder["small.zip"]]);
        CollectionAssert.AreEqual(
            new[] { "small 16x16 off default", "wide 16x16 off default", "small from small.zip 16x16 off default", "wide from small.zip 16x16 off default" },
            All(settings).Select(candidate => candidate.Name).ToArray());
        CollectionAssert.AreEqual(new[] { null, null, folder["small.zip"], folder["small.zip"] }, All(settings).Select(candidate => candidate.Weights).ToArray());
    }

    [TestMethod]
    public void Another_network_in_a_file_of_the_same_name_is_another_candidate()
    {
        using var folder = new TempFolder();
        var layout = NetworkLayout.Of(SmallTask.Network);
        var settings = SmallExperiment.Settings;
        (settings.SearchSpace.Decompositions, settings.SearchSpace.Pretrained) = ([Decomposition.Off], [folder["small.onnx"]]);
        var first = Identity(mean: 128);
        Assert.AreEqual(first, Identity(mean: 128));
        Assert.AreNotEqual(first, Identity(mean: 96));

        string Identity(float mean)
        {
            File.WriteAllBytes(folder["small.onnx"], OnnxWriter.Classifier(layout, RandomWeights.Of(layout), new([mean, mean, mean], [64, 64, 64]), []));
            // Files written one after the other may have the same time, by which the cache of networks tells them apart.
            File.SetLastWriteTimeUtc(folder["small.onnx"], DateTime.UnixEpoch.AddDays(mean));
            var candidate = All(settings).Single();
            Assert.IsNotNull(candidate.Plan, candidate.Problem);
            return candidate.Identity;
        }
    }

    [TestMethod]
    public void The_table_has_pretrained_and_drawn_weights_beside_each_other()
    {
        using var folder = new TempFolder();
        var mlContext = new MLContext(1);
        using (var model = SmallTask.Trainer(mlContext).Fit(SmallTask.Images(mlContext, 60)))
            model.SaveAsOnnx(folder["small.onnx"]);
        var settings = SmallExperiment.Settings;
        settings.TrainerOptions.Epoch = 2;
        (settings.SearchSpace.Decompositions, settings.SearchSpace.Pretrained) = ([Decomposition.Off], ["none", folder["small.onnx"]]);
        using var result = SmallExperiment.Run(settings);
        CollectionAssert.AreEqual(new[] { null, null, "small.onnx" }, result.Candidates.Select(candidate => candidate.Pretrained).ToArray());
        var probed = result.Candidates[2];
        Assert.IsNotNull(probed.Score, probed.Reason);
        Assert.AreEqual(1, probed.Epochs);
        Assert.AreEqual(2, result.Candidates[0].Epochs);
        var rows = result.ToString().Split('\n');
        Assert.Contains("drawn", rows.First(row => row.StartsWith("wide 16x16", StringComparison.Ordinal)));
        Assert.Contains("small.onnx 32x32 off default  small.onnx", rows.First(row => row.StartsWith("small.onnx", StringComparison.Ordinal)));
    }

    [TestMethod]
    [DataRow(8)]
    [DataRow(1)]
    public void A_probe_is_trained_whatever_the_limits_because_it_costs_least(int models)
    {
        using var folder = new TempFolder();
        var mlContext = new MLContext(1);
        using (var model = SmallTask.Trainer(mlContext).Fit(SmallTask.Images(mlContext, 60)))
            model.SaveAsOnnx(folder["small.onnx"]);
        var clock = new ManualClock();
        var settings = SmallExperiment.Settings;
        (settings.Clock, settings.MaxExperimentTimeInSeconds, settings.TrainerOptions.Epoch, settings.MaxModels) = (clock, 60, 1_000, models);
        (settings.SearchSpace.Decompositions, settings.SearchSpace.Pretrained) = ([Decomposition.Off], ["none", folder["small.onnx"]]);
        // The time is over when another candidate is to be trained further than the epoch that measures the speed.
        List<Rf3dTrialProgress> begun = [];
        settings.TrialCallback = trial =>
        {
            if (trial.Metrics is null)
                begun.Add(trial);
            if (trial is { Candidate.Pretrained: null, Rung: not null, Metrics: not null })
                clock.Tick();
        };
        using var result = SmallExperiment.Run(settings);
        var probed = result.Candidates[2];
        Assert.AreEqual(1, probed.Rank);
        Assert.AreEqual(((int?)null, 1, 1), begun.Where(trial => trial.Candidate.Pretrained is not null).Select(trial => (trial.Rung, trial.LastEpoch, trial.EpochCount)).Single());
        Assert.IsTrue(probed.Verdict is Rf3dCandidateVerdict.Best or Rf3dCandidateVerdict.Finished, probed.Reason);
        Assert.DoesNotContain(Rf3dCandidateVerdict.Finished, result.Candidates.Where(candidate => candidate != probed).Select(candidate => candidate.Verdict).ToArray());
    }

    [TestMethod]
    public void Weights_that_are_on_the_machine_need_no_advice()
    {
        foreach (var (size, rows) in new[] { (96, 40), (96, 30_000), (64, 40) })
        {
            List<string> warnings = [];
            CandidateConfiguration.All(Settings(size).CheckedCopy(), "Label", SmallTask.Images(new MLContext(1), 40), rows, warnings.Add);
            Assert.IsEmpty(warnings);
        }
    }

    [TestMethod]
    public void Weights_that_are_no_name_and_no_file_or_are_given_twice_are_errors()
    {
        var settings = Settings(96);
        settings.SearchSpace.Pretrained = ["auto", "resnet81"];
        Assert.Contains("Pretrained has 'resnet81', which is not a file. Values are auto, none", Assert.ThrowsExactly<InvalidOptionsException>(settings.CheckedCopy).Message);
        settings.SearchSpace.Pretrained = ["none"];
        settings.TrainerOptions.Pretrained = Known;
        Assert.Contains("Give the weights in one of them", Assert.ThrowsExactly<InvalidOptionsException>(settings.CheckedCopy).Message);
        settings.SearchSpace.Pretrained = [];
        Assert.Contains("Pretrained is empty", Assert.ThrowsExactly<InvalidOptionsException>(settings.CheckedCopy).Message);
    }

    private static Rf3dExperimentSettings Settings(int size) => new()
    {
        SearchSpace = new() { Architectures = [Architecture.ResNet18Slim], WidthMultipliers = [1], ImageSizes = [size], Decompositions = [Decomposition.Off] },
    };

    private static IReadOnlyList<CandidateConfiguration> All(Rf3dExperimentSettings settings) =>
        CandidateConfiguration.All(settings.CheckedCopy(), "Label", SmallTask.Images(new MLContext(1), 4), 4);
}
