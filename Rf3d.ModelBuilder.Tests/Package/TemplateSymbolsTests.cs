using System.Text.Json;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder.Tests.Package;

/// <summary>The description of the template, without installing it.</summary>
[TestClass]
public class TemplateSymbolsTests
{
    [TestMethod]
    public void Each_architecture_of_the_catalogue_can_be_chosen()
    {
        using var template = JsonDocument.Parse(File.ReadAllText(RepositoryRoot.Combine("Rf3d.Templates", "content", "Rf3dClassifier", ".template.config", "template.json")));
        var choices = template.RootElement.GetProperty("symbols").GetProperty("architecture").GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("choice").GetString()!).ToList();
        CollectionAssert.AreEquivalent(Enum.GetNames<Architecture>().Append("auto").ToList(), choices);
    }
}
