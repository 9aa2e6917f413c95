namespace Rf3d.Datasets;

/// <summary>A row of a table of labels.</summary>
/// <param name="Line">The line that it begins on, from 1.</param>
/// <param name="Path">The file, as the table names it.</param>
/// <param name="Label">The label.</param>
internal readonly record struct TableRow(long Line, string Path, string Label);
