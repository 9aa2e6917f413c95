using System.Collections.Immutable;
using System.Xml.Linq;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder.Tests.Reports;

/// <summary>The page and the table of an audit: complete, by themselves, and proof against any name.</summary>
[TestClass]
public class AuditPageTests
{
    private const string Hostile = "=<script>alert('1')</script>,& \"quoted\" \u0001\u202e ]]>";

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Every_section_has_content_and_a_link_to_it_and_nothing_comes_from_elsewhere(bool isEmpty)
    {
        var page = XDocument.Parse(AuditPage.Write(isEmpty ? Data([], []) : Full()));
        var links = page.Descendants(Html.Xhtml + "a").Select(link => (string?)link.Attribute("href")).ToList();
        foreach (var (id, title, _) in AuditPage.Sections)
        {
            var section = page.Descendants(Html.Xhtml + "section").Single(element => (string?)element.Attribute("id") == id);
            Assert.IsGreaterThan(title.Length + 15, section.Value.Length, title);
            CollectionAssert.Contains(links, "#" + id);
        }
        string[] forbidden = ["script", "link", "iframe", "object", "embed", "base"];
        Assert.IsFalse(page.Descendants().Any(element => forbidden.Contains(element.Name.LocalName)));
        foreach (var attribute in page.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "src" or "href"))
            Assert.IsTrue(attribute.Value.StartsWith("data:image/", StringComparison.Ordinal) || attribute.Value[0] == '#', $"{attribute}");
        Assert.IsTrue(page.Descendants(Html.Xhtml + "img").All(image => image.Attribute("alt")?.Value.Length > 0));
        Assert.AreEqual(-1, AuditStyle.Css.AsSpan().IndexOfAny("<>&"));
    }

    [TestMethod]
    public void Names_are_text_whatever_they_say()
    {
        var text = AuditPage.Write(Full());
        Assert.DoesNotContain("<script", text);
        Assert.Contains("&lt;script&gt;", text);
        Assert.DoesNotContain("\u202e", text);
        Assert.Contains("no picture", text);
    }

    [TestMethod]
    public void The_table_calculates_nothing_and_is_read_again()
    {
        using var folder = new TempFolder();
        var audit = Full().Audit;
        File.WriteAllText(folder["audit.csv"], AuditTable.Write(AuditProposals.Of(audit, path => path)));
        var text = File.ReadAllText(folder["audit.csv"]);
        Assert.Contains("\"'=<script>", text);
        Assert.IsFalse(text.Split('\n').Any(line => line.StartsWith('=')));
        // Duplicates with one label and unreadable files are left out; users judge labels in doubt.
        var excluded = Rf3d.Datasets.ImageExclusionTable.Read(folder["audit.csv"], folder.Path);
        Assert.IsTrue(excluded.Any(path => path.EndsWith("twice.png", StringComparison.Ordinal)));
        Assert.IsTrue(excluded.Any(path => path.EndsWith("cut.png", StringComparison.Ordinal)));
        Assert.HasCount(2, excluded);
    }

    [TestMethod]
    public void The_copy_that_measures_is_kept_and_copies_with_several_labels_are_for_people()
    {
        var (train, test, other) = (Image("a.png", "x"), Image("b.png", "x", AuditSplit.Test), Image("c.png", "y"));
        Assert.AreSame(test, AuditProposals.Kept(Group(train, test)));
        Assert.IsNull(AuditProposals.Kept(Group(train, other)));
        var rows = Rows(train, test);
        CollectionAssert.AreEqual(new[] { ("b.png", "keep", false), ("a.png", "remove duplicate", true) }, rows.Select(row => (row.Name, row.Action, row.IsExcluded)).ToArray());
        Assert.IsTrue(Rows(train, other).TrueForAll(row => row is { Action: "check label", IsExcluded: false }));

        static List<AuditProposal> Rows(params AuditedImage[] images) =>
            [.. AuditProposals.Of(Data([.. images], [Group(images)]).Audit, path => path).Where(row => row.Group is not null)];
    }

    [TestMethod]
    public void Each_finding_has_words() =>
        CollectionAssert.AllItemsAreUnique(Enum.GetValues<ImageFindingKind>().Select(AuditProposals.Words).ToList());

    /// <summary>Every finding, with names that try to be markup and formulas.</summary>
    private static AuditData Full()
    {
        var images = Enum.GetValues<ImageFindingKind>().Select(kind => Image(Hostile + kind, Hostile) with { Findings = [new ImageFinding { Kind = kind, Score = 0.5 }] }).ToList();
        var (one, twice) = (Image("one.png", "x"), Image("twice.png", "x"));
        return Data([.. images, one, twice], [Group(one, twice)]) with { Unreadable = [(Hostile, Hostile)] };
    }

    private static AuditData Data(ImmutableArray<AuditedImage> images, ImmutableArray<DuplicateGroup> groups)
    {
        var audit = new ImageAudit
        {
            Images = images,
            Duplicates = groups,
            Classes = [new AuditedClass { Name = Hostile, Images = images.Length, Doubted = 1, Suggested = 1, Recall = 0.5 }],
            Unreadable = images.IsEmpty ? [] : [new UnreadableImage { Split = AuditSplit.Test, Path = "cut.png", Reason = "it is cut short" }],
            CrossValidatedAccuracy = 0.9,
            AccuracyInterval = ConfidenceInterval.OfShare(9, 10),
            Pretrained = "some-network",
            ImageHeight = 128,
            ImageWidth = 128,
        };
        var pictures = images.Take(2).ToDictionary(image => (image.Split, image.Row), _ => new Picture("data:image/png;base64,", 8, 8));
        return new AuditDataBuilder(audit, 10, path => path).Build(Hostile, "audit.csv", DateTimeOffset.UnixEpoch, pictures);
    }

    private static int _row;

    private static AuditedImage Image(string path, string label, AuditSplit split = AuditSplit.Training) => new()
    {
        Split = split,
        Row = _row++,
        Path = path,
        Label = label,
        LabelProbability = 0.1,
        SuggestedLabel = "other",
        SuggestedProbability = 0.8,
        LabelDoubt = 0.85,
        OutlierDistance = 0.5,
        Height = 40,
        Width = 30,
        Brightness = 0.5,
        Contrast = 0.2,
        Sharpness = 1,
    };

    private static DuplicateGroup Group(params AuditedImage[] images) => new() { Images = [.. images], Similarity = 0.95 };
}
