namespace Rf3d.MLNet;

/// <summary>
/// The pretrained network that was read last. Reading and hashing a file takes up to a second, and plan and training ask for the same one: an experiment once for each
/// candidate. A file counts as unchanged while it, and the files beside it that belong to it, have the same length and time of writing.
/// </summary>
/// <typeparam name="T">The network, and what is read with it.</typeparam>
/// <remarks>The network stays in memory until another one is read: 64 MB for that of ML.NET's package. Nothing changes a <see cref="PretrainedNetwork"/>, so trainings share it.</remarks>
internal sealed class PretrainedCache<T>
{
    private readonly Lock _lock = new();
    private Entry? _last;

    /// <param name="path">The file.</param>
    /// <param name="manifest">Its entry in the manifest; null if the file is given by its path.</param>
    /// <param name="read">Reads the file.</param>
    public T Get(string path, PretrainedEntry? manifest, Func<T> read)
    {
        var stamps = Stamps(path);
        lock (_lock)
        {
            if (_last is { } last && last.Name == manifest?.Name && last.Stamps.SequenceEqual(stamps))
                return last.Network;
        }
        var network = read();
        // One that was replaced meanwhile may be half of the old and half of the new.
        if (stamps.SequenceEqual(Stamps(path)))
        {
            lock (_lock)
                _last = new(manifest?.Name, stamps, network);
        }
        return network;
    }

    private static List<Stamp> Stamps(string path)
    {
        var means = PretrainedManifest.Current.Networks.Select(entry => entry.Preprocessing).OfType<string>().Distinct().Select(mean => MeanImageFile.Find(path, mean)).OfType<string>();
        return [.. means.Prepend(TimmConfig.PathBeside(path)).Prepend(path).Select(file => new FileInfo(file)).Select(file => new Stamp(file.FullName, file.Exists ? file.Length : -1, file.LastWriteTimeUtc))];
    }

    private sealed record Entry(string? Name, List<Stamp> Stamps, T Network);

    private readonly record struct Stamp(string Path, long Length, DateTime Written);
}
