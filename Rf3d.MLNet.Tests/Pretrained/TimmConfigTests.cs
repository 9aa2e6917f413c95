using System.Text;
using Rf3d.MLNet.Tests.Project;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Pretrained;

/// <summary>A config.json beside weights, of timm or of something else.</summary>
[TestClass]
public sealed class TimmConfigTests : IDisposable
{
    private const string Figures = "\"input_size\":[3,224,224],\"mean\":[0.5,0.5,0.5],\"std\":[0.25,0.25,0.25]";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [DataRow("[1, 2]")]
    [DataRow("{ not JSON")]
    [DataRow("")]
    [DataRow("{\"pretrained_cfg\":null}")]
    [DataRow("{\"architecture\":\"mobilenetv1_100\",\"pretrained_cfg\":{" + Figures + ",\"license\":\"apache-2.0\"}}")]
    [DataRow("{\"architecture\":\"lenet\",\"pretrained_cfg\":{\"input_size\":[1,28,28]}}")]
    public void A_file_of_something_else_is_not_used(string config)
    {
        var read = Open(config);
        Assert.IsTrue(read.Input.IsAssumed);
        Assert.AreEqual(123.675, read.Input.Statistics.Mean[0], 1e-3);
        Assert.IsNull(read.License);
    }

    [TestMethod]
    [DataRow("\ufeff{\"pretrained_cfg\":{" + Figures + "}}")]
    [DataRow("// timm\n{\"architecture\":\"tv_resnet18\",\"pretrained_cfg\":{" + Figures + ",\"crop_pct\":null,},}")]
    public void It_is_read_as_editors_leave_it(string config)
    {
        var read = Open(config);
        Assert.IsFalse(read.Input.IsAssumed);
        Assert.AreEqual(127.5f, read.Input.Statistics.Mean[0]);
    }

    [TestMethod]
    [DataRow("mean", "\"input_size\":[3,224,224],\"mean\":[0.5],\"std\":[0.5,0.5,0.5]")]
    [DataRow("mean", "\"input_size\":[3,224,224],\"mean\":\"x\",\"std\":[0.5,0.5,0.5]")]
    [DataRow("std", "\"input_size\":[3,224,224],\"mean\":[0.5,0.5,0.5],\"std\":[0,0,0]")]
    [DataRow("std", "\"input_size\":[3,224,224],\"mean\":[0.5,0.5,0.5]")]
    [DataRow("input_size", "\"input_size\":[1,224,224],\"mean\":[0.5,0.5,0.5],\"std\":[0.5,0.5,0.5]")]
    [DataRow("input_size", "\"input_size\":[3,224,40000],\"mean\":[0.5,0.5,0.5],\"std\":[0.5,0.5,0.5]")]
    [DataRow("crop_pct", Figures + ",\"crop_pct\":0")]
    [DataRow("crop_pct", Figures + ",\"crop_pct\":1.2")]
    [DataRow("crop_pct", Figures + ",\"crop_pct\":\"all\"")]
    public void Impossible_figures_are_an_error_with_the_file(string name, string figures)
    {
        var error = Assert.ThrowsExactly<FormatException>(() => Open($"{{\"pretrained_cfg\":{{{figures}}}}}"));
        Assert.Contains($"'{name}' in '{_folder["config.json"]}' beside it must be", error.Message);
        Assert.Contains("move that file if it is not of these weights", error.Message);
    }

    [TestMethod]
    [DataRow("{\"architecture\":\"resnetaa50d\",\"pretrained_cfg\":{" + Figures + "}}")]
    [DataRow("{\"architecture\":\"resnetaa50d\",\"pretrained_cfg\":{\"input_size\":[1,28,28]}}")]
    public void That_of_an_anti_aliased_ResNet_does_not_refuse_the_weights_of_another_family(string config)
    {
        var layout = NetworkLayout.Of(ConvNetFactory.Create(Architecture.MobileNet, 224, 224, 3, 0.25));
        NamedWeightsTests.Write(_folder["model.safetensors"], layout, NamedWeightsTests.TimmMobileNet);
        File.WriteAllText(_folder["config.json"], config);
        Assert.IsTrue(PretrainedReader.Open(_folder["model.safetensors"]).Input.IsAssumed);
        Assert.IsEmpty(WeightMatch.Of(layout, WeightShapes.Zeros(layout)!, WarmStartSource.Read(_folder["model.safetensors"]).Weights).Unmatched);
    }

    [TestMethod]
    public void Its_figures_are_not_asked_for_where_the_weights_go_into_a_network_of_the_options()
    {
        var layout = NetworkLayout.Of(ConvNetFactory.Create(Architecture.ResNet18, 64, 64, 3, 0.125));
        NamedWeightsTests.Write(_folder["own.safetensors"], layout, name => name);
        File.WriteAllText(_folder["config.json"], "{\"architecture\":\"resnet18\",\"pretrained_cfg\":{\"input_size\":[1,28,28]}}");
        Assert.IsEmpty(WeightMatch.Of(layout, WeightShapes.Zeros(layout)!, WarmStartSource.Read(_folder["own.safetensors"]).Weights).Unmatched);
    }

    [TestMethod]
    public void A_damaged_one_is_named_in_the_warning_of_the_assumed_normalisation()
    {
        var read = Open("{\"pretrained_cfg\":{");
        List<string> warnings = [];
        _ = NormalisationChoice.Of(new(), new(read, null, null), new(224, 224), warnings.Add);
        Assert.StartsWith($"'{_folder["config.json"]}' is damaged and not used; nothing else says how images were normalised", warnings.Single());
    }

    private PretrainedNetwork Open(string config)
    {
        File.WriteAllText(_folder["config.json"], config, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        File.Copy(RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Pretrained", "Fixtures", "resnet.pth"), _folder["weights.pth"]);
        return PretrainedReader.Open(_folder["weights.pth"]);
    }
}
