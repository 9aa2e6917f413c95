using System.Text;
using Rf3d.Datasets;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Project;

/// <summary>docs/options.md is made from the XML documentation, so that the two never differ.</summary>
[TestClass]
public class OptionsPageTests
{
    private static readonly OptionsSection[] Sections =
    [
        new("Presets", "`Rf3dImageClassificationTrainer.Options.FromPreset` creates options with one of these recipes. Values that the text does not name are the defaults. All may be changed afterwards.", TrainingPreset.Default),
        new("Data, network and device", "Members of `Rf3dImageClassificationTrainer.Options`.", new Rf3dImageClassificationTrainer.Options()),
        new("Training recipe", "Members of `TrainingRecipe`, which `Options` extends. The presets set them.", new TrainingRecipe()),
        new("Class weights", "`Options.ClassWeights`.", ClassWeights.Equal),
        new("Augmentation", "`Options.Augmentation`.", new AugmentationOptions()),
        new("RandAugment", "`AugmentationOptions.RandAugment`.", new RandAugment()),
        new("Early stopping", "`Options.EarlyStoppingCriteria`.", new EarlyStopping()),
        new("Organizer", "`Options.Organizer`. `OrganizerOptions.Off` trains the network as it is.", new OrganizerOptions()),
        new("Receptive field", "`OrganizerOptions.ReceptiveField`.", new ReceptiveFieldOptions()),
        new("Decomposition", "`Options.Decomposition`.", Decomposition.Auto),
        new("Image folders", "The options of `LoadImageFolder` and `LoadImageFolderSplits`.", new ImageFolderOptions()),
        new("Tables of labels", "The options of `LoadImageTable`, in addition to those of image folders.", new ImageTableOptions()),
        new("Experiments", "The settings of `CreateRf3dExperiment`.", new Rf3dExperimentSettings()),
        new("Search space of an experiment", "`Rf3dExperimentSettings.SearchSpace`.", new Rf3dSearchSpace()),
        new("Saved models", "The options of `Rf3dSavedModel.Load`.", new SavedModelOptions()),
        new("Prediction", "The options of `Predict` and `Evaluate`.", new ImagePredictionOptions()),
        new("Predictor of a service", "The options of `AddRf3dClassifier` and of the constructor of `Rf3dPredictor`.", new Rf3dPredictorOptions()),
        new("Quantization", "The options of `Rf3dSavedModel.Quantize`.", new QuantizationOptions()),
        new("Audit", "The options of `AuditImages`.", new ImageAuditOptions()),
        new("Installation of pretrained weights", "The options of `PretrainedWeights.InstallAsync`.", new PretrainedInstallOptions()),
        new("Download of CIFAR", "The options of `CifarDownloader`.", new CifarDownloadOptions()),
    ];

    [TestMethod]
    public void The_page_on_options_has_the_documentation_of_each_option()
    {
        var page = new StringBuilder(
            """
            # Options

            Names follow ML.NET's own image classification trainer. This page is generated from the XML documentation by `OptionsPageTests`.

            ```csharp
            var options = Rf3dImageClassificationTrainer.Options.FromPreset(TrainingPreset.FewImages);
            options.ImageHeight = options.ImageWidth = 128;
            var trainer = mlContext.MulticlassClassification.Trainers.Rf3dImageClassifier(options);
            ```

            `Rf3dImageClassifier(options)` checks all options and throws one `InvalidOptionsException` that lists every invalid value. `Fit` throws an `OptionConflictException` if an option does not fit the data, the machine
            or a file. `rf3d train --help` lists the options that the command line has.

            """.ReplaceLineEndings("\n"));
        page.Append(OptionsPage.Sections(Sections));

        var approved = RepositoryRoot.Combine("docs", "options.md");
        var received = Path.Combine(AppContext.BaseDirectory, "options.received.md");
        File.WriteAllText(received, page.ToString());
        Assert.AreEqual(
            File.Exists(approved) ? File.ReadAllText(approved).ReplaceLineEndings("\n") : "",
            page.ToString(),
            $"The documentation of an option has changed. Copy {received} over {approved}.");
    }

    [TestMethod]
    public void Each_public_class_of_options_has_a_section()
    {
        var missing = new[] { typeof(ConvNet), typeof(Rf3dSavedModel), typeof(ImageReader) }.SelectMany(type => type.Assembly.GetExportedTypes())
            .Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) || type.Name.EndsWith("Settings", StringComparison.Ordinal))
            .Except(Sections.Select(section => section.Type)).Select(type => type.Name).ToList();
        Assert.IsEmpty(missing, string.Join(", ", missing));
    }

    [TestMethod]
    public void Options_of_an_enum_lead_to_its_values()
    {
        var page = OptionsPage.Sections([new("Recipe", "Some text.", new TrainingRecipe())]);
        Assert.Contains("| `LearningRateSchedule` | [LearningRateSchedule](#learningrateschedule) | OneCycle |", page);
        Assert.Contains("\n### LearningRateSchedule\n\nHow the learning rate changes during training.", page);
        Assert.Contains("\n| value | |\n|---|---|\n| `OneCycle` |", page);
        Assert.Contains("\n| `Constant` | A constant learning rate. |\n", page);
    }

    [TestMethod]
    public void Options_of_a_class_lead_to_its_section_and_to_its_named_values()
    {
        var page = OptionsPage.Sections([new("All data", "Some text.", new Rf3dImageClassificationTrainer.Options()), new("Blocks", "Some text.", Decomposition.Auto)]);
        Assert.Contains("| `Decomposition` | [Decomposition](#blocks) | off |", page);
        Assert.Contains("\n| `Decomposition.Off` | No decomposition. |\n", page);
        Assert.Contains("\n| `Decomposition.DepthwiseGrouped(groups, shuffle = true)` | DW+shuffle+GPW, the block of Figure 5 (E). `groups`: g, at least 2", page);
        Assert.Contains("\n| `MaxGroups` | int | 2 |", page);
    }
}
