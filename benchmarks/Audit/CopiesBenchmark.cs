using System.Globalization;
using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>Counts the changed copies of images that an audit takes for duplicates of the right image, and the images without such copies that it takes for duplicates.</summary>
internal static class CopiesBenchmark
{
    public static void Run(AuditPlan plan, Report report)
    {
        report.Heading(2, "Changed copies");
        var names = ImageCopies.Changes.Select(change => $"{change.Name}, %").ToList();
        report.Table(
            ["images", "copies of each kind", .. names, "images without copies in groups", "groups across classes"],
            plan.Folders.Select(folder => (IReadOnlyList<string>)Row(folder, plan)));
        report.Paragraph($"Share of the copies that are in one group with their image. A copy of each kind is made of the same images, and they are the validation part of the set. Images without copies that are in groups may be duplicates that the set has.");
    }

    private static List<string> Row(string folder, AuditPlan plan)
    {
        var mlContext = new MLContext(1);
        var parts = AuditData.Parts(mlContext, folder, plan.ImagesOfClass);
        var train = (ImageFolderDataView)parts[0].Data;
        var paths = train.Paths.ToList();
        var chosen = Enumerable.Range(0, Math.Min(plan.Copies, paths.Count)).Select(i => paths[(int)((long)i * paths.Count / Math.Min(plan.Copies, paths.Count))]).ToList();
        var target = Directory.CreateTempSubdirectory("rf3d-copies-").FullName;
        try
        {
            for (var change = 0; change < ImageCopies.Changes.Count; change++)
            {
                for (var i = 0; i < chosen.Count; i++)
                    ImageCopies.Changes[change].Write(chosen[i], Path.Combine(target, Path.GetFileName(Path.GetDirectoryName(chosen[i]))!, string.Create(CultureInfo.InvariantCulture, $"{change}-{i:00000}.jpg")));
            }
            var copies = mlContext.Data.LoadImageFolder(target, new() { Classes = train.Classes });
            var audit = mlContext.MulticlassClassification.AuditImages(train, copies, options: new() { Repetitions = 1 });
            return Count(AuditData.NameOf(folder), audit, chosen);
        }
        finally
        {
            Directory.Delete(target, recursive: true);
        }
    }

    private static List<string> Count(string name, ImageAudit audit, List<string> chosen)
    {
        var groups = audit.Duplicates.SelectMany((group, number) => group.Images.Select(image => (image, number))).ToDictionary(pair => pair.image.Path!, pair => pair.number);
        var found = new int[ImageCopies.Changes.Count];
        foreach (var copy in audit.Images.Where(image => image.Split is AuditSplit.Validation))
        {
            var parts = Path.GetFileNameWithoutExtension(copy.Path!).Split('-');
            var original = chosen[int.Parse(parts[1], CultureInfo.InvariantCulture)];
            if (groups.TryGetValue(copy.Path!, out var group) && groups.TryGetValue(original, out var other) && group == other)
                found[int.Parse(parts[0], CultureInfo.InvariantCulture)]++;
        }
        var copied = chosen.ToHashSet(StringComparer.Ordinal);
        var others = audit.Images.Where(image => image.Split is AuditSplit.Training && !copied.Contains(image.Path!)).ToList();
        return
        [
            string.Create(CultureInfo.InvariantCulture, $"{name}, {audit.Images.Count(image => image.Split is AuditSplit.Training):#,0}"),
            $"{chosen.Count}",
            .. found.Select(count => string.Create(CultureInfo.InvariantCulture, $"{100.0 * count / chosen.Count:0.0}")),
            string.Create(CultureInfo.InvariantCulture, $"{others.Count(image => groups.ContainsKey(image.Path!))} of {others.Count}"),
            $"{audit.Duplicates.Count(group => group.CrossesClasses)}",
        ];
    }
}
