using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder.Tests.Generation;

/// <summary>Generated code loads the images of each part in the form that they had in the training.</summary>
[TestClass]
public sealed class LoadingCodeTests : IDisposable
{
    private const string Name = "Flowers";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void Tables_for_validation_and_test_are_loaded_as_tables()
    {
        var code = Code(Tables());
        Assert.AreEqual($"mlContext.Data.LoadImageTable({Table("train.csv")}, folder, ImageOptions())", code["LoadTrain"]);
        Assert.AreEqual($"mlContext.Data.LoadImageTable({Table("val.csv")}, validationFolder, ImageOptions(train.Classes))", code["LoadValidation"]);
        Assert.StartsWith($"mlContext.Data.LoadImageTable({Table("test.csv")}, folder, new ImageTableOptions {{ Classes = classes, ", code["LoadEvaluation"]);
        Assert.EndsWith(", PathColumn = \"photo\", LabelColumn = \"kind\" })", code["LoadEvaluation"]);

        // Without test images the validation images measure.
        Assert.StartsWith($"mlContext.Data.LoadImageTable({Table("val.csv")}, folder, ", Code(Tables() with { TestDataset = null })["LoadEvaluation"]);
        // Held-out images are rows of the table.
        var held = Code(Tables() with { ValidationDataset = null, TestDataset = null });
        Assert.StartsWith($"mlContext.Data.LoadImageTable({Table("train.csv")}, folder, ", held["LoadEvaluation"]);
    }

    [TestMethod]
    public void Class_folders_beside_other_forms_stay_class_folders()
    {
        var code = Code(Mixed());
        Assert.AreEqual("mlContext.Data.LoadImageFolder(folder, ImageOptions())", code["LoadTrain"]);
        Assert.AreEqual($"mlContext.Data.LoadImageTable({Table("val.csv")}, validationFolder, ImageOptions(train.Classes))", code["LoadValidation"]);
        Assert.StartsWith("mlContext.Data.LoadImageFolder(folder, new ImageFolderOptions {", code["LoadEvaluation"]);
        // One method makes the options of both, and has those of the table.
        Assert.AreEqual(("ImageTableOptions", ", PathColumn = \"photo\", LabelColumn = \"kind\""), (code["OptionsType"], code["TableColumns"]));

        code = Code(Mixed() with { ValidationDataset = null, Labels = null });
        Assert.AreEqual(("ImageFolderOptions", ""), (code["OptionsType"], code["TableColumns"]));
    }

    [TestMethod]
    public void Files_of_MNIST_are_loaded_by_their_part()
    {
        var code = Code(Mnist());
        Assert.AreEqual("mlContext.Data.LoadMnist(folder, MnistSplit.Train)", code["LoadTrain"]);
        Assert.AreEqual("mlContext.Data.LoadMnist(validationFolder, MnistSplit.Train, train.Classes)", code["LoadValidation"]);
        Assert.AreEqual("mlContext.Data.LoadMnist(folder, MnistSplit.Test, classes)", code["LoadEvaluation"]);
        Assert.AreEqual("mlContext.Data.LoadMnist(folder, MnistSplit.Train, classes)", Code(Mnist() with { ValidationDataset = null, TestDataset = null })["LoadEvaluation"]);
    }

    [TestMethod]
    [DataRow("tables")]
    [DataRow("MNIST")]
    [DataRow("mixed")]
    public void The_generated_code_compiles_and_loads_the_images_of_the_training(string form)
    {
        var request = form switch
        {
            "tables" => Tables(),
            "MNIST" => Mnist(),
            _ => Mixed(),
        };
        var mlContext = new MLContext(1);
        var data = DataSets.Load(mlContext, request);
        // One form by a training, which writes the others in the same way.
        if (form == "mixed")
        {
            Tool.Run(
                "image-classification", "--dataset", request.Dataset, "--validation-dataset", request.ValidationDataset!, "--test-dataset", request.TestDataset!,
                "--image-column", "photo", "--label-column", "kind", "--name", Name, "--output", _folder["apps"], "--no-report", "--image-size", "16", "--epoch", "1", "--batch-size", "8", "--device", "cpu").Must(0);
        }
        else
        {
            var figures = new ImageEvaluation([.. data.Classes], new long[data.Classes.Count, data.Classes.Count], 0, [], null!, null!);
            ApplicationGenerator.Write(_folder["apps", Name], Name, request, SmallTransformer.Model, data, figures, hasReport: false);
        }

        var model = CompiledCode.TrainingClass(_folder["apps", Name], Name);
        var load = model.GetMethod("LoadImageFromFolder")!;
        var (train, validation) = (ValueTuple<IDataView, IDataView>)load.Invoke(null, [mlContext, Constant("RetrainFolder"), Constant("RetrainValidationFolder")])!;
        AssertSame(data.Train, train);
        AssertSame(data.Validation, validation);
        var evaluation = model.GetMethod("LoadLabelled", BindingFlags.NonPublic | BindingFlags.Static)!;
        AssertSame(data.Test!, (IDataView)evaluation.Invoke(null, [mlContext, Constant("EvaluateFolder"), data.Classes])!);

        object? Constant(string member) => model.GetField(member)!.GetRawConstantValue();
    }

    private static void AssertSame(ImageFolderDataView expected, IDataView actual) => CollectionAssert.AreEqual(Paths(expected), Paths(actual));

    private static List<string> Paths(IDataView view) => [.. view.GetColumn<string>("ImagePath")];

    private static Dictionary<string, string> Code(TrainingRequest request) =>
        LoadingCode.Values(request, DataSets.Load(new MLContext(1), request)).ToDictionary(value => value.Placeholder, value => value.Code);

    private string Table(string file) => Escaped.CSharp(_folder["photos", file]);

    /// <summary>Tables beside folders of classes: read as such a folder, each of them would be all images.</summary>
    private TrainingRequest Tables()
    {
        Images.Dataset(_folder["photos"], 6);
        foreach (var (table, first, count) in new[] { ("train", 0, 4), ("val", 4, 1), ("test", 5, 1) })
        {
            // The column "label" is found where none is named.
            var rows = from kind in new[] { "blue", "green", "red" } from i in Enumerable.Range(first, count) select $"{kind}/{i:000}.png,{i},{kind}";
            File.WriteAllLines(_folder["photos", $"{table}.csv"], ["photo,label,kind", .. rows]);
        }
        return new()
        {
            Dataset = _folder["photos", "train.csv"],
            ValidationDataset = _folder["photos", "val.csv"],
            TestDataset = _folder["photos", "test.csv"],
            Labels = new(null, "photo", "kind"),
        };
    }

    /// <summary>Class folders to learn from, a table to validate on, and a part of a divided folder to test on.</summary>
    private TrainingRequest Mixed()
    {
        Images.Dataset(_folder["data"], 4, seed: 2);
        Images.Dataset(_folder["divided", "train"], 2, seed: 3);
        Images.Dataset(_folder["divided", "test"], 3, seed: 4);
        return Tables() with { Dataset = _folder["data"], TestDataset = _folder["divided"] };
    }

    private TrainingRequest Mnist() => new()
    {
        Dataset = Images.Mnist(_folder["digits"], "train", 40),
        ValidationDataset = Images.Mnist(_folder["more"], "train", 20),
        TestDataset = Images.Mnist(Images.Mnist(_folder["tests"], "train", 15), "t10k", 10),
    };
}
