namespace Rf3d.MLNet;

/// <summary>A network's first file on this machine, without another one that belongs to it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Missing">The other one.</param>
internal sealed record PartialWeights(string Path, PretrainedFile Missing)
{
    /// <summary>The sentences for errors and the log.</summary>
    public string Describe(PretrainedEntry entry) => $"'{Path}' is the network of '{entry.Name}', which also needs '{Missing.Name}'. It is not in the same folder.";
}
