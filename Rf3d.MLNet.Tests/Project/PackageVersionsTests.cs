using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Rf3d.MLNet.Tests.Project;

/// <summary>The versions of packages that the pages for users name are those that this repository is built with.</summary>
[TestClass]
public partial class PackageVersionsTests
{
    [TestMethod]
    [DataRow("README.md")]
    [DataRow("Rf3d.MLNet/README.md")]
    public void Versions_in_commands_are_those_of_Directory_Packages_props(string page)
    {
        var props = XDocument.Load(RepositoryRoot.Combine("Directory.Packages.props"));
        var torchSharp = props.Descendants("TorchSharpVersion").Single().Value;
        var versions = props.Descendants("PackageVersion").ToDictionary(
            package => package.Attribute("Include")!.Value, package => package.Attribute("Version")!.Value.Replace("$(TorchSharpVersion)", torchSharp, StringComparison.Ordinal), StringComparer.Ordinal);
        var commands = AddCommand().Matches(File.ReadAllText(RepositoryRoot.Combine(page.Split('/'))));
        CollectionAssert.AreEquivalent(
            new[] { "TorchSharp-cpu", "Microsoft.ML.DnnImageFeaturizer.ResNet18" }, commands.Select(command => command.Groups["package"].Value).ToArray());
        foreach (Match command in commands)
            Assert.AreEqual(versions[command.Groups["package"].Value], command.Groups["version"].Value, command.Value);
    }

    [GeneratedRegex(@"dotnet add package (?<package>\S+) --version (?<version>\S+)")]
    private static partial Regex AddCommand();
}
