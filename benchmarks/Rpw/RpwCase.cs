namespace Rf3d.Benchmarks;

/// <summary>A shape, the memory layout of its tensors, and the passes over them.</summary>
internal sealed record RpwCase(RollingShape Shape, bool ChannelsLast, RpwPass Pass)
{
    public string Layout => ChannelsLast ? "NHWC" : "NCHW";

    /// <summary>Bytes that the stack of channels takes: itself, and its gradient if there is one.</summary>
    public long StackBytes => Shape.StackBytes * (Pass == RpwPass.Training ? 2 : 1);

    /// <summary>Bytes that the dense form takes in addition to input and output: the weights with zeros, and their gradient.</summary>
    public long DenseBytes => sizeof(float) * (long)Shape.Channels * Shape.Channels * (Pass == RpwPass.Training ? 2 : 1);

    /// <summary>Bytes that the halves take in addition to input and output: the rolled input and both outputs, and their gradients.</summary>
    public long HalvesBytes => Shape.TensorBytes * 2 * (Pass == RpwPass.Training ? 2 : 1);

    /// <summary>Training at the batch of training and of one image; prediction of one image.</summary>
    public static IEnumerable<RpwCase> Of(RollingShape shape, IEnumerable<bool> layouts) =>
        from channelsLast in layouts
        from pass in shape.Batch == 1 ? new[] { RpwPass.Training, RpwPass.Prediction } : [RpwPass.Training]
        select new RpwCase(shape, channelsLast, pass);
}
