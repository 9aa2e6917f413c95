using Microsoft.ML;

namespace Rf3d.Datasets;

/// <summary>The records of the files of one CIFAR split, one file after the other.</summary>
internal sealed class CifarRows : RowSource
{
    public CifarRows(DataViewSchema schema, IReadOnlyList<CifarFile> files, CifarLayout layout, CifarLabelKind labels)
        : base(schema, files.Sum(file => file.Records))
    {
        Files = files;
        Layout = layout;
        Labels = labels;
    }

    public IReadOnlyList<CifarFile> Files { get; }

    public CifarLayout Layout { get; }

    public CifarLabelKind Labels { get; }

    public override RowReader Open(bool[] active) => new CifarReader(this, active);
}
