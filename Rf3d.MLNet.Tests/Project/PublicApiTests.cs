using PublicApiGenerator;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Project;

/// <summary>The whole public API in one file for each library: a change of it shows in the diff, and is meant.</summary>
[TestClass]
public class PublicApiTests
{
    [TestMethod]
    [DataRow(typeof(ConvNet), "Rf3d.Planning")]
    [DataRow(typeof(Rf3dSavedModel), "Rf3d.MLNet")]
    [DataRow(typeof(Rf3d.Datasets.CifarDownloader), "Rf3d.Datasets")]
    public void The_public_api_is_the_approved_one(Type member, string library)
    {
        var approved = RepositoryRoot.Combine("Rf3d.MLNet.Tests", "Project", $"{library}.approved.txt");
        var actual = member.Assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false, DenyNamespacePrefixes = [] }).ReplaceLineEndings("\n") + "\n";
        var received = Path.Combine(AppContext.BaseDirectory, $"{library}.received.txt");
        File.WriteAllText(received, actual);
        Assert.AreEqual(
            File.Exists(approved) ? File.ReadAllText(approved).ReplaceLineEndings("\n") : "",
            actual,
            $"The public API of {library} has changed. If that is meant, copy {received} over {approved} and note it in CHANGELOG.md.");
    }
}
