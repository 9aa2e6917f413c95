using System.Globalization;
using System.Text.RegularExpressions;

namespace Rf3d.MLNet.Tests.Project;

/// <summary>docs/field-reports.md and the tests of its situations, of which "dotnet test --settings field-reports.runsettings" runs all.</summary>
[TestClass]
public partial class FieldReportsTests
{
    [TestMethod]
    public void Every_situation_has_a_test_and_every_test_a_situation()
    {
        var documented = Row().Matches(File.ReadAllText(RepositoryRoot.Combine("docs", "field-reports.md"))).Select(match => Number(match.Groups[1].Value)).ToList();
        CollectionAssert.AreEqual(Enumerable.Range(1, documented.Count).ToList(), documented);
        Assert.IsGreaterThanOrEqualTo(25, documented.Count);
        var tested = Sources().SelectMany(text => Attribute().Matches(text)).SelectMany(match => match.Groups[1].Value.Split(',')).Select(Number).Distinct().Order().ToList();
        CollectionAssert.AreEqual(documented, tested);
    }

    [TestMethod]
    public void Each_test_is_in_the_category_of_all_and_in_those_of_its_situations()
    {
        CollectionAssert.AreEqual(new[] { "FieldReports", "FieldReport03", "FieldReport12" }, new FieldReportAttribute(3, 12).TestCategories.ToArray());
        Assert.Contains("TestCategory=FieldReports", File.ReadAllText(RepositoryRoot.Combine("field-reports.runsettings")));
    }

    private static IEnumerable<string> Sources() => new[] { "Rf3d.MLNet.Tests", "Rf3d.ModelBuilder.Tests" }
        .SelectMany(project => Directory.EnumerateFiles(RepositoryRoot.Combine(project), "*.cs", SearchOption.AllDirectories))
        .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
        .Select(File.ReadAllText);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\| ([0-9]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^\s*\[FieldReport\(([0-9, ]+)\)\]", RegexOptions.Multiline)]
    private static partial Regex Attribute();
}
