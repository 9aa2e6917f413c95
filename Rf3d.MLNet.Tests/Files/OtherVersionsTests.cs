using System.Text.Json.Nodes;
using Microsoft.ML;
using Rf3d.MLNet.Tests.Scoring;

namespace Rf3d.MLNet.Tests.Files;

/// <summary>Files of a later version of the library. The log of an experiment has its own tests.</summary>
[TestClass]
public class OtherVersionsTests
{
    [TestMethod]
    public void The_record_of_a_later_version_is_refused_with_both_versions()
    {
        var error = Assert.ThrowsExactly<FormatException>(() => ModelRecord.Parse("""{"version":2,"something":{"of":"that version"}}"""));
        Assert.AreEqual("its record has version 2, and this library reads version 1. Use the version of Rf3d.MLNet that saved it", error.Message);
    }

    [TestMethod]
    public void A_record_without_a_figure_of_the_training_is_damaged()
    {
        using var model = SavedModel.Read(new MLContext(), new MemoryStream(SavedModels.First));
        var record = JsonNode.Parse(FeatureMapGraph.MetadataOf(model.Backbone)![ModelRecord.Key])!;
        ModelRecord.Parse(record.ToJsonString());
        Assert.IsTrue(record["history"]!.AsObject().Remove("batchSize"));
        var error = Assert.ThrowsExactly<FormatException>(() => ModelRecord.Parse(record.ToJsonString()));
        Assert.StartsWith("its record cannot be read: ", error.Message);
        Assert.Contains("batchSize", error.Message);
    }

    [TestMethod]
    public void A_checkpoint_of_a_later_version_is_refused_with_both_versions()
    {
        using var file = new MemoryStream();
        new SafeTensors(new Dictionary<string, string> { ["rf3d.checkpoint"] = "2" }, new Dictionary<string, SafeTensorEntry>()).Write(file);
        file.Position = 0;
        var error = Assert.ThrowsExactly<FormatException>(() => Checkpoint.From(SafeTensors.Read(file)));
        Assert.AreEqual("it has version 2 of the checkpoint format, and this library reads version 1. Use the version of Rf3d.MLNet that wrote it", error.Message);
    }
}
