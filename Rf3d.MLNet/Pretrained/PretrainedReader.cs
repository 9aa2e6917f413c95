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
    /// <exception cref="FileNotFoundException">The weights of that name, or a part of them, are not on this machine; the message says how to get them.</exception>
    /// <exception cref="FormatException">The file is damaged, of another kind, or of a network that is not known here.</exception>
    /// <exception cref="InvalidDataException">A file of that name has another hash than the manifest says, or is of another network.</exception>
    public static PretrainedNetwork Open(string nameOrPath)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrPath);
        if (PretrainedManifest.Find(nameOrPath) is { } entry)
            return Read(PretrainedWeights.Find(entry.Name) ?? throw PretrainedManifest.Missing(entry, WeightsPlaces.FindPart(entry)), entry);
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
        var sha256 = Hash(file);
        file.Position = 0;
        entry ??= PretrainedManifest.FindByHash(sha256);
        if (entry is not null)
            RequireFiles(entry, path, sha256);
        var network = ReadContent(file, path, entry, sha256);
        if (entry is not null)
            RequireNetwork(entry, path, network);
        return network;
    }

    private static PretrainedNetwork ReadContent(FileStream file, string path, PretrainedEntry? entry, string sha256)
    {
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
        return WeightsFile.KindOf(file) switch
        {
            WeightsFileKind.SafeTensors => ReadSafeTensors(SafeTensors.Read(file), path, entry, name, sha256),
            // The reader of a state_dict says what is wrong with another .zip.
            WeightsFileKind.StateDict or WeightsFileKind.OtherZip => NamedWeights.Read(TorchStateDict.Read(file), path, entry, name, sha256),
            _ => OnnxWeightsFile.Read(file, path, entry, name, sha256),
        };
    }

    private static PretrainedNetwork ReadSafeTensors(SafeTensors file, string path, PretrainedEntry? entry, string name, string sha256) => TrainScriptFile.Is(file.Metadata)
        ? NamedWeights.Read(TrainScriptFile.Weights(file.Tensors), path, entry, name, sha256, TrainScriptFile.Input(file.Tensors))
        : NamedWeights.Read(file.Tensors, path, entry, name, sha256);

    /// <summary>All files of a network must be there, with the hashes of the manifest.</summary>
    private static void RequireFiles(PretrainedEntry entry, string path, string sha256)
    {
        RequireHash(entry, entry.Files[0], path, sha256);
        foreach (var file in entry.Files.Skip(1))
        {
            var beside = MeanImageFile.Find(path, file.Path) ?? throw new FileNotFoundException(
                $"{new PartialWeights(path, file).Describe(entry)} Put it there; or fetch both with PretrainedWeights.InstallAsync(\"{entry.Name}\").", file.Name);
            using var content = File.OpenRead(beside);
            RequireHash(entry, file, beside, Hash(content));
        }
    }

    private static void RequireHash(PretrainedEntry entry, PretrainedFile file, string path, string sha256)
    {
        if (file.Sha256 is { } expected && expected != sha256)
        {
            var otherwise = file == entry.Files[0] ? ", or give its path to use it as it is" : "";
            throw new InvalidDataException(
                $"'{path}' has the SHA-256 {sha256}; the file of '{entry.Name}' has {expected}. It is damaged or another file: delete it and fetch it again{otherwise}.");
        }
    }

    /// <summary>A file without a hash in the manifest may be that of another network.</summary>
    private static void RequireNetwork(PretrainedEntry entry, string path, PretrainedNetwork read)
    {
        var depths = read.Network.GetStageDepths();
        if (read.Architecture != entry.Architecture || !depths.SequenceEqual(entry.Depths))
        {
            throw new InvalidDataException(
                $"'{path}' has the network {read.Architecture?.ToString() ?? read.Network.Name} with [{string.Join(", ", depths)}] units; '{entry.Name}' is {entry.Architecture} with [{string.Join(", ", entry.Depths)}]. It is the file of another network: put the right one in its place, or give its path to use it as it is.");
        }
    }

    private static string Hash(Stream content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
