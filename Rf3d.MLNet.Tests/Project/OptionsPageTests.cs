using System.Text;
using Rf3d.Datasets;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Project;

/// <summary>docs/options.md is made from the XML documentation, so that the two never differ.</summary>
[TestClass]
public class OptionsPageTests
{
    private static readonly (string Title, string Text, Type Type)[] Sections =
    [
        ("Data, network and device", "Members of `Rf3dImageClassificationTrainer.Options`.", typeof(Rf3dImageClassificationTrainer.Options)),
        ("Training recipe", "Members of `TrainingRecipe`, which `Options` extends. The presets of `Options.FromPreset` set them.", typeof(TrainingRecipe)),
        ("Augmentation", "`Options.Augmentation`.", typeof(AugmentationOptions)),
        ("Early stopping", "`Options.EarlyStoppingCriteria`.", typeof(EarlyStopping)),
        ("Organizer", "`Options.Organizer`. `OrganizerOptions.Off` trains the network as it is.", typeof(OrganizerOptions)),
        ("Image folders", "The options of `LoadImageFolder` and `LoadImageFolderSplits`.", typeof(ImageFolderOptions)),
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

            `Fit` checks all options before it reads images, and reports every invalid one in an `InvalidOptionsException`. `rf3d train --help` lists the same options for the command line.

            """.ReplaceLineEndings("\n"));
        foreach (var (title, text, type) in Sections)
            page.Append($"\n## {title}\n\n{text}\n\n{OptionsPage.Table(type)}");

        var approved = RepositoryRoot.Combine("docs", "options.md");
        var received = Path.Combine(AppContext.BaseDirectory, "options.received.md");
        File.WriteAllText(received, page.ToString());
        Assert.AreEqual(
            File.Exists(approved) ? File.ReadAllText(approved).ReplaceLineEndings("\n") : "",
            page.ToString(),
            $"The documentation of an option has changed. Copy {received} over {approved}.");
    }
}
