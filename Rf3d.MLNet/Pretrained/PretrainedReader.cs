using System.Security.Cryptography;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>Opens pretrained networks, by a name of the manifest or by a file: .onnx, .safetensors, .pth. The content of a file decides its kind.</summary>
internal static class PretrainedReader
{
    private const int ShortestFile = 9;

    private static readonly PretrainedCache<PretrainedNetwork> Cache = new();

    /// <param name="nameOrPath">A name of <see cref="PretrainedWeights.Names"/>, or a path.</param>
    /// <exception cref="ArgumentException">It is neither a known name nor a file.</exception>
    /// <exception cref="FileNotFoundException">The weights of that name are not on this machine; the message says how to get them.</exception>
    /// <exception cref="FormatException">The file is damaged, of another kind, or of a network that is not known here.</exception>
    /// <exception cref="InvalidDataException">The file of that name has another hash than the manifest says.</exception>
    public static PretrainedNetwork Open(string nameOrPath)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrPath);
        if (PretrainedManifest.Find(nameOrPath) is { } entry)
            return Read(PretrainedWeights.Find(entry.Name) ?? throw PretrainedManifest.Missing(entry), entry);
        if (File.Exists(nameOrPath))
            return Read(nameOrPath);
        throw new ArgumentException(
            $"There is no file '{nameOrPath}', and no pretrained network has this name. Known names: {string.Join(", ", PretrainedWeights.Names)}.");
    }

    /// <param name="path">The file.</param>
    /// <param name="entry">Its entry in the manifest; null to find it by its hash.</param>
    /// <inheritdoc cref="Open" path="/exception"/>
    public static PretrainedNetwork Read(string path, PretrainedEntry? entry = null)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{path}' with pretrained weights.", path);
        return Cache.Get(path, entry, () => ReadFile(path, entry));
    }

    private static PretrainedNetwork ReadFile(string path, PretrainedEntry? entry)
    {
        using var file = File.OpenRead(path);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(file));
        file.Position = 0;
        entry ??= PretrainedManifest.FindByHash(sha256);
        if (entry?.Files[0] is { Sha256: { } expected } && expected != sha256)
        {
            throw new InvalidDataException(
                $"'{path}' has the SHA-256 {sha256}; the file of '{entry.Name}' has {expected}. It is damaged or another file: delete it and fetch it again, or give its path to use it as it is.");
        }
        try
        {
            return Read(file, path, entry, entry?.Name ?? Path.GetFileName(path), sha256);
        }
        catch (Exception error) when (error is FormatException or InvalidDataException or EndOfStreamException)
        {
            throw new FormatException(
                $"'{path}' cannot be used as pretrained weights: {error.Message.TrimEnd('.')}. Expected is a network with 32-bit floating-point weights, as .onnx, .safetensors, or .pth with a state_dict().", error);
        }
    }

    private static PretrainedNetwork Read(FileStream file, string path, PretrainedEntry? entry, string name, string sha256)
    {
        if (file.Length < ShortestFile)
            throw new FormatException($"it has {file.Length} bytes");
        if (SafeTensors.Is(file))
            return NamedWeights.Read(SafeTensors.Read(file).Tensors, path, entry, name, sha256);
        return TorchStateDict.Is(file)
            ? NamedWeights.Read(TorchStateDict.Read(file), path, entry, name, sha256)
            : OnnxWeightsFile.Read(file, path, entry, name, sha256);
    }
}
