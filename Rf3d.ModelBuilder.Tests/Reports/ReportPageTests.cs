using System.Xml.Linq;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder.Tests.Reports;

/// <summary>The page as XML: complete, by itself, and proof against any name.</summary>
[TestClass]
public class ReportPageTests
{
    private const string Hostile = "<script>alert('1')</script> & \"quoted\" \u0001 ]]>";

    public static IEnumerable<object[]> Reports =>
    [
        ["ten classes", ReportFixture.Data()],
        ["two classes", ReportFixture.Data(2)],
        ["a hundred classes", ReportFixture.Data(100)],
        ["nothing known of the model", ReportFixture.Bare()],
        ["beside a baseline", ReportFixture.Data() with { Baseline = ReportFixture.Data().Results }],
        ["one image", ReportFixture.Data(2, 1)],
        ["hostile names", ReportFixture.Data(3, 60, index => Hostile + index)],
    ];

    [TestMethod]
    [DynamicData(nameof(Reports))]
    public void Every_section_has_content_and_a_link_to_it(string name, object data)
    {
        var page = XDocument.Parse(ReportPage.Write((ReportData)data));
        var links = page.Descendants(Html.Xhtml + "a").Select(link => (string?)link.Attribute("href")).ToList();
        foreach (var (id, title, _) in ReportPage.Sections)
        {
            var section = page.Descendants(Html.Xhtml + "section").Single(element => (string?)element.Attribute("id") == id);
            Assert.AreEqual(title, section.Element(Html.Xhtml + "h2")!.Value, name);
            Assert.IsGreaterThan(title.Length + 20, section.Value.Length, $"{name}: {title}");
            CollectionAssert.Contains(links, "#" + id);
        }
    }

    [TestMethod]
    public void A_baseline_is_compared_image_by_image()
    {
        var data = ReportFixture.Data(2, 40);
        // The model is wrong on every fifth image, the baseline on none of these, and on some others.
        var images = data.Results.Images.Select(image => image with { Predicted = image.Row % 5 == 0 ? image.Actual : image.Row % 3 == 0 && image.Row < 37 ? 1 - image.Actual : image.Actual }).ToList();
        var wrong = images.Count(image => !image.IsCorrect);
        var text = XDocument.Parse(ReportPage.Write(data with { Baseline = new(data.Results.Classes, images) })).Root!.Value;
        Assert.Contains(FormattableString.Invariant($"Only this model is right on {wrong} images, only ML.NET's features on 8: a difference of {100.0 * (wrong - 8) / 40:+0.0;-0.0;0.0} points"), text);
        Assert.Contains("The interval contains 0", text);
        Assert.Contains("Not measured", XDocument.Parse(ReportPage.Write(data)).Root!.Value);
    }

    [TestMethod]
    [DynamicData(nameof(Reports))]
    public void The_page_needs_nothing_from_elsewhere(string name, object data)
    {
        var page = XDocument.Parse(ReportPage.Write((ReportData)data));
        string[] forbidden = ["script", "link", "iframe", "object", "embed", "base"];
        Assert.IsFalse(page.Descendants().Any(element => forbidden.Contains(element.Name.LocalName)), name);
        foreach (var attribute in page.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "src" or "href"))
            Assert.IsTrue(attribute.Value.StartsWith("data:image/", StringComparison.Ordinal) || attribute.Value[0] == '#', $"{name}: {attribute}");
        Assert.IsFalse(page.Descendants().Attributes().Any(attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal)), name);
        Assert.DoesNotContain("url(", ReportStyle.Css);
        // Written as XML, a style sheet must not need the signs that XML writes in another way.
        Assert.AreEqual(-1, ReportStyle.Css.AsSpan().IndexOfAny("<>&"));
    }

    [TestMethod]
    [DynamicData(nameof(Reports))]
    public void Names_of_elements_are_unique_pictures_have_texts_and_tables_heads(string name, object data)
    {
        var page = XDocument.Parse(ReportPage.Write((ReportData)data));
        var ids = page.Descendants().Attributes("id").Select(attribute => attribute.Value).ToList();
        Assert.AreEqual(ids.Count, ids.Distinct().Count(), name);
        Assert.IsTrue(page.Descendants(Html.Xhtml + "img").All(image => image.Attribute("alt")?.Value.Length > 0));
        Assert.IsTrue(page.Descendants(Html.Svg + "svg").All(drawing => drawing.Attribute("aria-label")?.Value.Length > 0));
        Assert.IsTrue(page.Descendants(Html.Xhtml + "table").All(table => table.Element(Html.Xhtml + "caption") is not null));
        Assert.IsTrue(page.Descendants(Html.Xhtml + "th").All(head => (string?)head.Attribute("scope") is "row" or "col"));
    }

    [TestMethod]
    public void Names_are_text_whatever_they_say()
    {
        var text = ReportPage.Write(ReportFixture.Data(3, 60, index => Hostile + index));
        Assert.DoesNotContain("<script", text);
        Assert.Contains("&lt;script&gt;", text);
        var cell = XDocument.Parse(text).Descendants(Html.Xhtml + "th").First(head => head.Value.Contains("alert", StringComparison.Ordinal));
        Assert.AreEqual(Hostile.Replace('\u0001', '\uFFFD') + "0", cell.Value[..^1] + "0");
    }

    [TestMethod]
    public void Elements_without_content_have_an_end_tag_where_browsers_want_one()
    {
        var text = Html.Write(Html.E("div", Html.E("td"), Html.E("img", Html.A("src", "data:,"))));
        Assert.Contains("<td></td>", text);
        Assert.Contains("<img src=\"data:,\" />", text);
        Assert.StartsWith("<!DOCTYPE html>", text);
    }

    [TestMethod]
    public void Many_classes_have_pairs_in_place_of_a_matrix()
    {
        Assert.IsNotEmpty(Matrix(ReportFixture.Data(ConfusionSection.MostClasses)));
        Assert.IsEmpty(Matrix(ReportFixture.Data(ConfusionSection.MostClasses + 1)));
        Assert.Contains("100 × 100 classes cannot be read", ReportPage.Write(ReportFixture.Data(100)));

        static List<XElement> Matrix(ReportData data) =>
            [.. XDocument.Parse(ReportPage.Write(data)).Descendants(Html.Xhtml + "table").Where(table => (string?)table.Attribute("class") == "matrix")];
    }

    [TestMethod]
    public void Sections_without_data_name_the_reason()
    {
        var text = ReportPage.Write(ReportFixture.Bare());
        Assert.Contains("There are no training curves", text);
        Assert.Contains("The network has hidden layers.", text);
        Assert.Contains("Only the test images were given", text);
    }

    [TestMethod]
    public void Finalists_of_an_experiment_are_compared_with_the_model_on_the_images()
    {
        Assert.DoesNotContain("other finalists", ReportPage.Write(ReportFixture.Data()));
        var rows = XDocument.Parse(ReportPage.Write(ReportFixture.Data() with { Finalists = [ReportFixture.Finalist("far", 30, 2), ReportFixture.Finalist("near", 6, 4)] }))
            .Descendants(Html.Xhtml + "section").Single(section => (string?)section.Attribute("id") == "training").Descendants(Html.Xhtml + "tr").Select(row => row.Value).ToList();
        Assert.StartsWith("near64\u22122.00", rows.Single(row => row.StartsWith("near", StringComparison.Ordinal)));
        Assert.EndsWith("not distinguishable", rows.Single(row => row.StartsWith("near", StringComparison.Ordinal)));
        Assert.DoesNotContain("distinguishable", rows.Single(row => row.StartsWith("far", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void A_last_layer_that_was_learned_from_features_has_no_epochs()
    {
        var data = ReportFixture.Data();
        var origin = new PretrainedOrigin { Name = "photographs", Sha256 = "00", KeptParameters = 9, Adaptation = Adaptation.Probe };
        var text = ReportPage.Write(data with { History = data.History! with { Epochs = data.History.Epochs[..1], BestEpoch = 1, Pretrained = origin } });
        Assert.Contains("last layer", text);
        Assert.DoesNotContain("Loss by epoch", text);
        Assert.Contains("on the images that the classifier learned from", text);
    }

    [TestMethod]
    public void The_summary_says_what_the_validation_images_chose()
    {
        var data = ReportFixture.Data() with { TestName = ReportRequest.ValidationPart };
        Assert.Contains("Validation images chose the best epoch.", Summary(data));
        Assert.Contains("Validation images chose the best candidate and the best epoch.", Summary(data with { IsBestOfCandidates = true }));
        var origin = new PretrainedOrigin { Name = "photographs", Sha256 = "00", KeptParameters = 9, Adaptation = Adaptation.Probe };
        var probed = Summary(data with { History = data.History! with { Pretrained = origin } });
        Assert.Contains("Training has not seen the validation images.", probed);
        Assert.DoesNotContain("chose", probed);

        static string Summary(ReportData data) => XDocument.Parse(ReportPage.Write(data)).Descendants(Html.Xhtml + "header").Single().Value;
    }

    [TestMethod]
    public void The_summary_has_the_figures()
    {
        var text = XDocument.Parse(ReportPage.Write(ReportFixture.Data())).Descendants(Html.Xhtml + "header").Single().Value;
        // 400 images, of which every fifth is taken for another class.
        Assert.Contains("is right on 80.0\u00A0% of 400 test images", text);
        Assert.Contains("95 % interval 75.8\u00A0% to 83.6\u00A0%", text);
    }

    [TestMethod]
    public void Charts_have_the_colours_of_the_page_and_no_others()
    {
        var page = XDocument.Parse(ReportPage.Write(ReportFixture.Data()));
        var plots = page.Descendants(Html.Svg + "svg").Where(drawing => (string?)drawing.Attribute("class") == "plot").ToList();
        Assert.HasCount(6, plots);
        Assert.IsFalse(plots.Any(plot => plot.ToString().Contains("rgb(", StringComparison.Ordinal) || plot.ToString().Contains("black", StringComparison.Ordinal)));
    }
}
