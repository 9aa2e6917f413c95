namespace Rf3d.Fuzz;

/// <summary>Kinds whose inputs are image files.</summary>
internal abstract class ImageFileKind : FuzzKind
{
    public override IReadOnlyList<Type> Errors => [typeof(InvalidDataException)];

    public override void WriteCorpus(string folder)
    {
        DrawnImageFiles.Write(folder);
        OtherImageFiles.Write(folder);
    }

    public override byte[] Reseal(byte[] content) => PngChunks.Reseal(content);
}
