using static System.FormattableString;

namespace Rf3d.Planning;

/// <summary>Follows the 3D receptive field through a run of units, from the tensor that enters the run.</summary>
internal sealed class FieldWalk
{
    private readonly TensorShape _input;
    private readonly ReceptiveFieldClamping _clamping;
    private ReceptiveField _closed = ReceptiveField.Start;
    private int _kernel;

    public FieldWalk(TensorShape input, ReceptiveFieldClamping clamping)
    {
        _input = input;
        _clamping = clamping;
        Shape = input;
        Reach = ChannelReach.Start(input.Channels);
    }

    /// <summary>
    /// The field so far: height and width in closed form (Eq. 5), channels exactly. Of channels that see different numbers of the input's
    /// channels, the one that sees the fewest counts.
    /// </summary>
    public ReceptiveField Field => _closed with { Channels = Reach.Least };

    /// <summary>The tensor that the run has come to.</summary>
    public TensorShape Shape { get; private set; }

    /// <summary>Which of the input's channels flow into each of its channels.</summary>
    public ChannelReach Reach { get; private set; }

    /// <summary>Passes a unit of a network.</summary>
    /// <param name="block">The unit.</param>
    /// <param name="stage">Name of its stage, for errors.</param>
    /// <param name="number">Its number in the stage, from 0 on.</param>
    /// <exception cref="InvalidOperationException">A kernel cannot run on its input, or has too many channels to follow. The message names it.</exception>
    public void Pass(Block block, string stage, int number)
    {
        try
        {
            Pass(block);
        }
        catch (ShapeException error)
        {
            throw new InvalidOperationException(Invariant($"{stage}.block{number + 1}.layer{_kernel} {error.Message}."), error);
        }
    }

    /// <exception cref="ShapeException">A kernel cannot run on its input, or has too many channels to follow.</exception>
    public void Pass(Block block)
    {
        var (shape, reach, closed) = (Shape, Reach, _closed);
        _kernel = 0;
        foreach (var layer in block.Layers)
        {
            _kernel++;
            Pass(layer);
        }
        if (!block.Residual)
            return;
        // The shortcut: as it is, or through the 1×1 convolution that fits its shape to the block's output. Average pooling mixes no channels.
        if (shape != Shape && block.Downsampling == ResidualDownsampling.AveragePooling)
            _closed = _closed.Plus(closed.After(block.TotalStride(), _input, _clamping));
        var shortcut = shape == Shape ? reach : reach.After(new Convolution { Filters = Shape.Channels, Size = 1 });
        Reach = Reach.Plus(shortcut);
    }

    /// <inheritdoc cref="Pass(Block)"/>
    public void Pass(Layer layer)
    {
        var next = Shape.After(layer);
        _closed = _closed.After(layer, Shape.Channels, _input, _clamping);
        Reach = Reach.After(layer);
        Shape = next;
    }
}
