namespace Rf3d.MLNet;

/// <summary>Follows the 3D receptive field through a run of units, from the tensor that enters the run.</summary>
internal sealed class FieldWalk
{
    private readonly TensorShape _input;
    private readonly Saturation _saturation;
    private TensorShape _shape;
    private ReceptiveField _closed = ReceptiveField.Start;
    private ChannelReach _reach;

    public FieldWalk(TensorShape input, Saturation saturation)
    {
        _input = input;
        _saturation = saturation;
        _shape = input;
        _reach = ChannelReach.Start(input.Channels);
    }

    /// <summary>
    /// The field so far: height and width in closed form (Eq. 5), channels exactly. Of channels that see different numbers of the input's
    /// channels, the one that sees the fewest counts.
    /// </summary>
    public ReceptiveField Field => _closed with { Channels = _reach.Least };

    /// <exception cref="ShapeException">A kernel cannot run on what comes to it.</exception>
    public void Pass(Block block)
    {
        var (shape, reach) = (_shape, _reach);
        foreach (var kernel in block.Kernels)
            Pass(kernel);
        if (!block.Residual)
            return;
        // The shortcut: as it is, or through the 1×1 convolution that fits its shape to the block's output.
        var shortcut = shape == _shape ? reach : reach.After(new Convolution { Filters = _shape.Channels, Size = 1 });
        _reach = _reach.Plus(shortcut);
    }

    /// <inheritdoc cref="Pass(Block)"/>
    public void Pass(Kernel kernel)
    {
        var next = _shape.After(kernel);
        _closed = _closed.After(kernel, _shape.Channels, _input, _saturation);
        _reach = _reach.After(kernel);
        _shape = next;
    }
}
