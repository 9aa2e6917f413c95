namespace Rf3d.ModelBuilder.Tests.Generation;

/// <summary>Configurations that are not as they should be: the member is named, and the file.</summary>
[TestClass]
public sealed class MbConfigTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [FieldReport(24)]
    [DataRow("""[]""", "it is no JSON object")]
    [DataRow("""null""", "it is no JSON object")]
    [DataRow("""{""", "it cannot be read")]
    [DataRow("""{"Scenario":null}""", "Scenario is missing")]
    [DataRow("""{"Scenario":5}""", "Scenario is 5; it must be text")]
    [DataRow("""{"Scenario":"ImageClassification","Version":"5"}""", "Version is \"5\"; it must be a whole number")]
    [DataRow("""{"Scenario":"ImageClassification","DataSource":"here"}""", "DataSource is \"here\"; it must be an object")]
    [DataRow("""{"Scenario":"ImageClassification","DataSource":{"FolderPath":3}}""", "DataSource.FolderPath is 3; it must be text")]
    [DataRow("""{"Scenario":"ImageClassification","DataSource":null}""", "names no folder of images")]
    public void Values_that_are_missing_or_of_another_type_are_named(string text, string message) => AssertFails(text, message);

    [TestMethod]
    [FieldReport(24)]
    [DataRow("""[]""", "TrainingOption is []; it must be an object")]
    [DataRow("""{"ValidationOption":"x"}""", "TrainingOption.ValidationOption is \"x\"; it must be an object")]
    [DataRow("""{"ValidationOption":{"FilePath":1}}""", "TrainingOption.ValidationOption.FilePath is 1; it must be text")]
    [DataRow("""{"ValidationOption":{"SplitRatio":"half"}}""", "TrainingOption.ValidationOption.SplitRatio is \"half\"; it must be a number")]
    [DataRow("""{"Seed":1e30}""", "TrainingOption.Seed is 1e30; it must be a whole number of at most 32 bits")]
    [DataRow("""{"Seed":1,"Seed":2}""", "Seed")]
    [DataRow("""{"TrainingTime":[]}""", "TrainingOption.TrainingTime is []")]
    [DataRow("""{"Rf3d":[]}""", "TrainingOption.Rf3d is []; it must be an object")]
    [DataRow("""{"Rf3d":{"Epoch":null}}""", "TrainingOption.Rf3d.Epoch is null; it must be a whole number")]
    [DataRow("""{"Rf3d":{"Preset":{}}}""", "TrainingOption.Rf3d.Preset is {}")]
    [DataRow("""{"Rf3d":{"ImageHeight":8}}""", "ImageHeight and ImageWidth go together")]
    public void Errors_in_the_options_are_named(string option, string message) => AssertFails(Text(option), message);

    [TestMethod]
    [FieldReport(24)]
    [DataRow("""{}""")]
    [DataRow("""null""")]
    [DataRow("""{"Rf3d":{}}""")]
    [DataRow("""{"Rf3d":null,"Seed":null,"TrainingTime":null,"ValidationOption":null}""")]
    public void Missing_values_have_their_defaults(string option)
    {
        File.WriteAllText(_folder["m.mbconfig"], Text(option));
        var request = MbConfig.Read(_folder["m.mbconfig"]);
        Assert.AreEqual((0, null, TrainingRequest.DefaultValidationFraction), (request.Seed, request.TrainTime, request.ValidationFraction));
        Assert.IsEmpty(request.Chosen);
        Assert.AreEqual(_folder["images"], request.Dataset);
    }

    [TestMethod]
    [DataRow("""{"PathColumn":"p","LabelColumn":"l","LabelsPath":"t.csv"}""")]
    [DataRow("""{"LabelsPath":"t.csv","LabelColumn":"l","PathColumn":"p"}""")]
    public void A_table_and_its_columns_come_in_any_order(string members)
    {
        File.WriteAllText(_folder["m.mbconfig"], Text($$"""{"Rf3d":{{members}}}"""));
        Assert.AreEqual(new LabelTable(_folder["t.csv"], "p", "l"), MbConfig.Read(_folder["m.mbconfig"]).Labels);
    }

    [TestMethod]
    public void Paths_are_relative_to_the_file_and_names_of_weights_stay_names()
    {
        File.WriteAllText(_folder["weights.onnx"], "");
        Assert.AreEqual(_folder["weights.onnx"], Pretrained("weights.onnx"));
        Assert.AreEqual("resnet18.mlnet_in1k", Pretrained("resnet18.mlnet_in1k"));
        File.WriteAllText(_folder["m.mbconfig"], Text("""{"Rf3d":{"ImageCacheDirectory":"cache"}}"""));
        Assert.AreEqual(_folder["cache"], MbConfig.Read(_folder["m.mbconfig"]).Options().ImageCacheDirectory);

        string Pretrained(string value)
        {
            File.WriteAllText(_folder["m.mbconfig"], Text($$$"""{"Rf3d":{"Pretrained":"{{{value}}}"}}"""));
            return MbConfig.Read(_folder["m.mbconfig"]).Options().Pretrained;
        }
    }

    private static string Text(string option) =>
        $$"""{"Type":"TrainingConfig","Version":5,"Scenario":"ImageClassification","DataSource":{"FolderPath":"images"},"TrainingOption":{{option}}}""";

    private void AssertFails(string text, string message)
    {
        File.WriteAllText(_folder["m.mbconfig"], text);
        var error = Assert.ThrowsExactly<CommandException>(() => MbConfig.Read(_folder["m.mbconfig"]));
        Assert.Contains(message, error.Message);
        Assert.StartsWith($"'{_folder["m.mbconfig"]}' cannot be used: ", error.Message);
    }
}
