using System.Security.Cryptography;
using System.Text;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>
/// Remembers that a model is the best so far of an experiment or a training that was interrupted: the same command goes on and may replace it without being
/// asked to, but no other file of the name.
/// </summary>
/// <param name="target">The model.</param>
/// <param name="directory">The experiment's folder, or that of the training's checkpoints.</param>
internal sealed class InterruptedModel(string target, string directory)
{
    private readonly string _mark = Path.Combine(directory, "interrupted.sha256");

    /// <summary>Whether the model is, byte by byte, the one that the interrupted experiment put there.</summary>
    public bool IsTarget() => File.Exists(_mark) && File.Exists(target) && File.ReadAllText(_mark) == Hash();

    /// <param name="isInterrupted">Whether what has just written the model was interrupted.</param>
    public void Remember(bool isInterrupted)
    {
        if (isInterrupted)
            AtomicFile.Write(_mark, Encoding.ASCII.GetBytes(Hash()));
        else
            File.Delete(_mark);
    }

    private string Hash()
    {
        using var file = File.OpenRead(target);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
