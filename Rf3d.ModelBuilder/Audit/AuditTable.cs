using System.Globalization;
using System.Text;

namespace Rf3d.ModelBuilder;

/// <summary>The table of an audit as comma-separated values (RFC 4180), which <c>--exclude</c> of a training reads.</summary>
internal static class AuditTable
{
    private const string Headings = "path,split,label,finding,score,suggested_label,suggested_probability,group,proposal,exclude";

    public static string Write(IEnumerable<AuditProposal> proposals)
    {
        var text = new StringBuilder().Append(Headings).Append('\n');
        foreach (var row in proposals)
        {
            text.AppendJoin(
                ',', CsvField.Of(row.Name), row.Split.ToString().ToLowerInvariant(), CsvField.Of(row.Label), row.Finding, Number(row.Score), CsvField.Of(row.Suggestion?.Label ?? ""),
                Number(row.Suggestion?.Probability), row.Group?.ToString(CultureInfo.InvariantCulture) ?? "", row.Action, row.IsExcluded ? "yes" : "no").Append('\n');
        }
        return text.ToString();
    }

    private static string Number(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "";
}
