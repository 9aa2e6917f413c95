namespace Rf3d.MLNet;

/// <summary>A tensor on its way through a step.</summary>
/// <param name="bytes">Its size.</param>
internal sealed class FeatureMap(long bytes)
{
    private bool _isKept;

    public long Bytes => bytes;

    /// <summary>Whether its gradient is computed: not that of the images.</summary>
    public bool HasGradient { get; init; } = true;

    public long GradientBytes => HasGradient ? bytes : 0;

    /// <summary>Bytes that end with the next operation, since no operation keeps it.</summary>
    public long PassingBytes => _isKept ? 0 : bytes;

    /// <summary>Keeps it for a backward pass.</summary>
    /// <returns>The bytes; 0 where an earlier operation keeps it.</returns>
    public long Keep()
    {
        var added = PassingBytes;
        _isKept = true;
        return added;
    }
}
