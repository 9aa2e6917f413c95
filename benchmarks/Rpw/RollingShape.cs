using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>One place of the grid: a rolling pointwise convolution and the tensor it runs on. As many filters as channels.</summary>
internal sealed record RollingShape(int Batch, int Channels, int Spatial, int Groups, double Overlap)
{
    /// <summary>1/3 and 1/2 are the paper's.</summary>
    public static readonly double[] Overlaps = [1.0 / 3, 0.5];

    public RollingPointwiseConvolution Layer => new() { Filters = Channels, Groups = Groups, Overlap = Overlap, BatchNorm = false, Activation = Activation.None };

    public RollingWindows Windows => RollingWindows.Of(Layer, Channels);

    public TensorShape Tensor => new(Channels, Spatial, Spatial);

    /// <summary>Whether two grouped convolutions can do it.</summary>
    public bool HasHalves => Windows.Step * 2 == Windows.Width && Channels % Windows.Count == 0;

    public long TensorBytes => sizeof(float) * Batch * Tensor.Volume;

    /// <summary>Bytes of the tensor that stacks the channels of all windows.</summary>
    public long StackBytes => TensorBytes / Channels * Windows.Width * Windows.Count;

    /// <summary>Multiply-accumulates of a pointwise convolution in its place.</summary>
    public long Work => Batch * Channels * Tensor.Volume;

    public static string Name(double overlap) => overlap == 0.5 ? "1/2" : "1/3";

    public static IEnumerable<RollingShape> Grid(
        IReadOnlyList<int> batches, IReadOnlyList<int> channels, IReadOnlyList<int> spatial, IReadOnlyList<int> groups) =>
        from batch in batches
        from c in channels
        from s in spatial
        from g in groups
        from overlap in Overlaps
        select new RollingShape(batch, c, s, g, overlap);
}
