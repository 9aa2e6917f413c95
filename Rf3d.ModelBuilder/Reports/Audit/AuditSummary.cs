using System.Xml.Linq;
using Rf3d.MLNet;
using static Rf3d.ModelBuilder.Html;

namespace Rf3d.ModelBuilder;

/// <summary>The number of images, the number of suspicious ones, and advice.</summary>
internal static class AuditSummary
{
    public static IEnumerable<XElement> Render(AuditData data)
    {
        var audit = data.Audit;
        var suspicious = audit.Images.Count(image => image.Findings.Length > 0);
        yield return E("p", Class("lead"),
            $"Of {Figures.Count(audit.Images.Length, "image")} in {Figures.Count(audit.Classes.Length, "class", "classes")}, ",
            E("strong", Figures.Count(suspicious)), suspicious == 1 ? " is suspicious." : " are suspicious.",
            audit.Unreadable.IsEmpty ? "" : $" {Figures.Count(audit.Unreadable.Length, "file")} cannot be read.");
        yield return E("dl", Class("tiles"),
            Tile("Labels in doubt", Figures.Count(audit.With(ImageFindingKind.LabelDoubt).Length), $"{Figures.Percent(Share(audit, ImageFindingKind.LabelDoubt))} of the images"),
            Tile("Duplicates across classes", Figures.Count(Groups(audit, group => group.CrossesClasses)), "groups with several labels"),
            Tile("Duplicates across splits", Figures.Count(Groups(audit, group => group.CrossesSplits)), "groups in several parts"),
            Tile("Other duplicates", Figures.Count(Groups(audit, group => !group.CrossesSplits && !group.CrossesClasses)), "groups of one part and label"),
            Tile("Outliers", Figures.Count(audit.With(ImageFindingKind.Outlier).Length), "unlike all others"),
            Tile("Bad images", Figures.Count(audit.Images.Count(image => image.Findings.Any(finding => finding.Kind > ImageFindingKind.Outlier))), "blurred, dark, of one colour, tiny, odd"));
        if (audit.CrossValidatedAccuracy is { } accuracy && audit.AccuracyInterval is { } interval)
        {
            yield return P(
                $"A logistic regression on features of {audit.Pretrained} ({audit.ImageHeight}×{audit.ImageWidth} pixels) puts {Figures.Percent(accuracy)} of the images into the class of their label while they are held out ",
                $"(95 % interval {Figures.Percent(interval.Low)} to {Figures.Percent(interval.High)}). The lower that is, the less its doubts say.");
        }
        yield return P("Nothing was deleted or changed. The table ", E("code", data.TableName), " has a row for each finding. Rows with ", E("code", "yes"), " in the column ", E("code", "exclude"),
            " are left out by a training that is given the table; change them as you like:");
        yield return E("pre", A("tabindex", "0"), E("code", $"rf3d train --dataset FOLDER --exclude {ShellWord.Of(data.TableName)}"));
    }

    private static double Share(ImageAudit audit, ImageFindingKind kind) => (double)audit.With(kind).Length / Math.Max(1, audit.Images.Length);

    private static int Groups(ImageAudit audit, Func<DuplicateGroup, bool> isMeant) => audit.Duplicates.Count(isMeant);

    private static XElement Tile(string name, string value, string note) => E("div", E("dt", name), E("dd", Class("value"), value), E("dd", Class("note"), note));
}
