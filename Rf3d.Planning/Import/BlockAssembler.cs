namespace Rf3d.Planning;

/// <summary>The unit that <see cref="NetworkAssembler"/> is putting together: its kernels, and the shortcut that is supported around it.</summary>
internal sealed class BlockAssembler
{
    private readonly List<Layer> _layers = [];
    private TensorShape _input;
    private bool _isDone;

    /// <summary>Whether the caller says where the unit ends.</summary>
    public bool IsGiven { get; private set; }

    /// <summary>Whether it has no kernel yet.</summary>
    public bool IsEmpty => _layers.Count == 0;

    /// <summary>Whether the next kernel belongs to another unit.</summary>
    public bool IsComplete => !IsGiven && !IsEmpty && (_isDone || EndsBlock(_layers[^1]));

    /// <summary>From here to <see cref="End"/> all kernels belong to it.</summary>
    public void Begin(TensorShape input) => (IsGiven, _input) = (true, input);

    /// <summary>Ends it for kernels; batch normalisation and activation of the last one may still come.</summary>
    public void End() => (IsGiven, _isDone) = (false, true);

    public void Add(Layer layer) => _layers.Add(layer);

    /// <summary>Gives the last kernel its batch normalisation or activation.</summary>
    public void ChangeLast(Func<ConvLayer, ConvLayer> change) => _layers[^1] = change((ConvLayer)_layers[^1]);

    /// <summary>The finished unit; null where no kernel came.</summary>
    public Block? Take(bool isResidual = false)
    {
        var block = IsEmpty ? null : new Block { Layers = [.. _layers], Residual = isResidual, SumActivation = isResidual ? Activation.None : Activation.Relu };
        _layers.Clear();
        (IsGiven, _isDone) = (false, false);
        return block;
    }

    /// <summary>A shortcut must be the one that <see cref="Block.Residual"/> represents.</summary>
    /// <param name="layer">The sum, for errors.</param>
    /// <param name="projection">The convolution on the shortcut; null for none.</param>
    /// <param name="output">Shape after the unit's kernels.</param>
    public void RequireShortcut(string layer, Convolution? projection, TensorShape output)
    {
        if (IsEmpty)
            throw NetworkImportException.At(layer, "adds up two values with no convolution between them");
        if (projection is null)
        {
            if (_input != output)
                throw NetworkImportException.At(layer, $"adds {_input} to {output}; shapes that differ need a 1x1 convolution on the shortcut");
            return;
        }
        if (_input == output)
        {
            throw NetworkImportException.At(
                layer, "has a convolution on a shortcut whose two ends have one shape; there a shortcut is supported only as it is");
        }
        var stride = _layers.OfType<SpatialConvLayer>()
            .Aggregate(new Size2D(1, 1), (total, kernel) => new(total.Height * kernel.Stride.Height, total.Width * kernel.Stride.Width));
        if (projection.Size != 1 || projection.Groups != 1 || projection.Border != 0 || projection.Stride != stride)
        {
            throw NetworkImportException.At(
                layer, $"has a {projection.Size} convolution with stride {projection.Stride} on its shortcut; a 1x1 convolution with the unit's stride, {stride}, is supported");
        }
        var projected = NetworkImportException.Naming(layer, () => _input.After(projection));
        if (projected != output)
            throw NetworkImportException.At(layer, $"adds {projected}, which comes from the shortcut, to {output}");
    }

    private static bool EndsBlock(Layer layer) => layer is Convolution { Groups: 1 } or Convolution { Size: { Height: 1, Width: 1 } } or RollingPointwiseConvolution;
}
