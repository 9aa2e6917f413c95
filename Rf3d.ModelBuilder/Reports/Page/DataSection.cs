using System.Xml.Linq;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>The data set: sizes, balance of the classes, skipped files, and images that are there twice.</summary>
internal static class DataSection
{
    private const int SkippedShown = 10;

    public static IEnumerable<XElement> Render(ReportData data)
    {
        yield return HtmlTable.Of(
            "Parts of the data set",
            [("Part", false), ("Images", true), ("Height in pixels", true), ("Width in pixels", true), ("Sizes", true), ("Without label", true), ("Unreadable files", true)],
            data.Splits.Select(split => (IEnumerable<object?>)
            [
                split.Name,
                Figures.Count(split.Images),
                split.Sizes is { } sizes ? Range(sizes.SmallestHeight, sizes.MedianHeight, sizes.LargestHeight) : "–",
                split.Sizes is { } same ? Range(same.SmallestWidth, same.MedianWidth, same.LargestWidth) : "–",
                split.Sizes is null ? "–" : Figures.Count(split.Sizes.Distinct),
                Figures.Count(split.Unlabelled),
                Figures.Count(split.Skipped.Length),
            ]));
        if (data.Splits.Length == 1)
            yield return Missing($"Only the {data.TestName} images were given. The training images, and whether {data.TestName} images are among them, are not known.");

        yield return E("h3", "Balance of the classes");
        var largest = data.Splits.Select(split => split.ByClass.DefaultIfEmpty().Max()).ToList();
        yield return HtmlTable.Of(
            "Images by class",
            [("Class", false), .. data.Splits.Select(split => (split.Name, true))],
            data.Results.Classes.Select((name, index) => (IEnumerable<object?>)
            [
                name,
                .. data.Splits.Select((split, part) => HtmlTable.Bar(Figures.Count(split.ByClass[index]), (double)split.ByClass[index] / Math.Max(1, largest[part]))),
            ]));

        yield return E("h3", "Duplicate images");
        if (data.Shared.IsEmpty)
            yield return P($"None: no two images of the data set are the same in every pixel.");
        else
            yield return E("ul", Class("warnings"), data.Shared.Select(shared => Shared(shared, data.TestName)));

        yield return E("h3", "Files that are no readable images");
        var skipped = data.Splits.SelectMany(split => split.Skipped).ToList();
        if (skipped.Count == 0)
            yield return P("None was left out.");
        else
            yield return E("ul", skipped.Take(SkippedShown).Select(file => E("li", E("code", Path.GetFileName(file.Path)), $": {file.Reason}")), skipped.Count > SkippedShown ? E("li", $"and {Figures.Count(skipped.Count - SkippedShown)} more") : null);

        yield return E("h3", "Files that are not used");
        if (data.Unused.IsEmpty)
            yield return P("None: every file of the folders is an image of the data set.");
        else
            yield return E("ul", data.Unused.Select(files => E("li", (files with { Example = Path.GetFileName(files.Example) }).ToString())));
    }

    private static string Range(int least, int median, int most) =>
        least == most ? Figures.Count(least) : $"{Figures.Count(least)} to {Figures.Count(most)}, median {Figures.Count(median)}";

    private static XElement Shared(SharedImages shared, string measured) => E("li",
        shared.Split == shared.Other
            ? $"{Figures.Count(shared.Count, $"{shared.Split} image is", $"{shared.Split} images are")} in the same part before. "
            : $"{Figures.Count(shared.Count, $"{shared.Split} image is", $"{shared.Split} images are")} among the {shared.Other} images too{(shared.Split == measured && shared.Other == ReportRequest.TrainingPart ? $": the accuracy on the {measured} images is too high" : "")}. ",
        E("span", Class("note"), string.Join("; ", shared.Examples.Select(example => $"{example.Name} = {example.Equal}")), shared.Count > shared.Examples.Length ? "; …" : ""));
}
