namespace Rf3d.MLNet.Tests;

/// <summary>
/// A test of situations from public bug reports, by their numbers in docs/field-reports.md. Its category is FieldReports, and FieldReport01 and so on for one situation.
/// </summary>
/// <param name="numbers">The situations.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class FieldReportAttribute(params int[] numbers) : TestCategoryBaseAttribute
{
    public override IList<string> TestCategories { get; } = ["FieldReports", .. numbers.Select(number => $"FieldReport{number:00}")];
}
