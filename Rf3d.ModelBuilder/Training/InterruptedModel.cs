using System.Security.Cryptography;
using System.Text;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>
/// Remembers that a model, or a folder of it and the files generated with it, is the best so far of an experiment or a training that was interrupted: the same command resumes and may replace it without being
/// asked to, but nothing else of the name.
/// </summary>
/// <param name="target">The file or folder.</param>
/// <param name="directory">The experiment's folder, or that of the training's checkpoints.</param>
internal sealed class InterruptedModel(string target, string directory)
{
    private readonly string _mark = Path.Combine(directory, "interrupted.sha256");

    /// <summary>Whether the target is, byte by byte, as the interrupted command wrote it.</summary>
    public bool IsTarget() => File.Exists(_mark) && Path.Exists(target) && File.ReadAllText(_mark) == Hash();

    /// <summary>Remembers a file before it becomes the target: a process that is killed before all that belongs to it is written leaves a model that the same command may replace.</summary>
    /// <param name="staged">The file.</param>
    public void Expect(string staged)
    {
        AtomicFile.DeleteLeftovers(_mark);
        AtomicFile.Write(_mark, Encoding.ASCII.GetBytes(HashOf(staged)));
    }

    /// <param name="isInterrupted">Whether the command that has just written the model was interrupted.</param>
    public void Remember(bool isInterrupted)
    {
        AtomicFile.DeleteLeftovers(_mark);
        if (isInterrupted)
            AtomicFile.Write(_mark, Encoding.ASCII.GetBytes(Hash()));
        else
            File.Delete(_mark);
    }

    private string Hash()
    {
        if (!Directory.Exists(target))
            return HashOf(target);
        var files = Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
        var all = string.Concat(files.Select(path => $"{Path.GetRelativePath(target, path)}\0{HashOf(path)}\0"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)));
    }

    private static string HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
