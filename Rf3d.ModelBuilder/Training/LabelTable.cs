namespace Rf3d.ModelBuilder;

/// <summary>A table of labels.</summary>
/// <param name="File">The file; null where the command line names only columns, for tables that are found.</param>
/// <param name="PathColumn">The column of the files; null to find it by its name.</param>
/// <param name="LabelColumn">The column of the labels; null to find it by its name.</param>
internal sealed record LabelTable(string? File, string? PathColumn, string? LabelColumn);
