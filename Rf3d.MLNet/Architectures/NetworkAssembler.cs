using System.Collections.Immutable;

namespace Rf3d.MLNet;

/// <summary>
/// Makes a <see cref="ConvNet"/> of layers that come one after the other, as frameworks keep them: knows what belongs to one kernel, what is a
/// unit and where a stage ends, and neither TorchSharp nor ONNX. Every layer comes with a name for errors.
/// </summary>
/// <remarks>
/// A convolution is a unit of its own; a depthwise or grouped one or a channel shuffle opens a unit that ends with the next kernel that mixes
/// channels or is pointwise. Pooling ends a stage, and a unit with a stride starts one.
/// </remarks>
/// <param name="input">Shape of the images.</param>
/// <param name="stagesAreGiven">Whether stages end at <see cref="EndStage"/> only.</param>
internal sealed class NetworkAssembler(TensorShape input, bool stagesAreGiven = false)
{
    private readonly TensorShape _input = input;
    private readonly List<Stage> _stages = [];
    private readonly List<Block> _units = [];
    private readonly List<Kernel> _kernels = [];
    private readonly HeadAssembler _head = new();
    private Pool? _pool;
    private TensorShape _unitInput;
    private bool _isUnitGiven;
    private bool _isUnitDone;
    private Last _last;

    /// <summary>What the layer before was: decides where batch normalisation and activations may stand.</summary>
    private enum Last
    {
        Nothing,
        WeightedKernel,
        BatchNorm,
        Activation,
        ChannelShuffle,
        Pool,
        Sum,
    }

    /// <summary>Shape of the feature maps after the layers so far.</summary>
    public TensorShape Shape { get; private set; } = RequireImage(input);

    /// <summary>Whether no layer has come yet.</summary>
    public bool IsAtStart => _last == Last.Nothing && !_head.HasBegun;

    /// <summary>Whether the layers so far make feature maps, not a vector.</summary>
    public bool IsInBody => !_head.HasBegun;

    /// <summary>Whether global average pooling came last.</summary>
    public bool IsAveraged => _head.IsAveraged;

    /// <summary>A kernel; its batch normalisation and activation come after it.</summary>
    /// <param name="layer">Its name.</param>
    /// <param name="kernel">Without batch normalisation and activation.</param>
    /// <param name="channels">Input channels that it is made for; null where it takes any number.</param>
    public void AddKernel(string layer, Kernel kernel, long? channels = null)
    {
        RequireBody(layer);
        if (channels is not null && channels != Shape.Channels)
            throw NetworkImportException.At(layer, $"takes {channels} channels and gets {Shape.Channels}");
        if (_pool is not null)
        {
            if (stagesAreGiven)
                throw NetworkImportException.At(layer, "follows a pooling in the same stage. Pooling ends a stage; give what comes after it as a stage of its own");
            CloseStage();
        }
        if (!_isUnitGiven && _kernels.Count > 0 && (_isUnitDone || EndsUnit(_kernels[^1])))
            CloseUnit();
        if (_kernels.Count == 0 && !_isUnitGiven)
            _unitInput = Shape;
        var plain = kernel is WeightedKernel weighted ? weighted with { BatchNorm = false, Activation = Activation.None } : kernel;
        Shape = After(layer, () => Shape.After(plain));
        _kernels.Add(plain);
        _last = plain is WeightedKernel ? Last.WeightedKernel : Last.ChannelShuffle;
    }

    /// <summary>Batch normalisation, of the kernel directly before it.</summary>
    public void AddBatchNorm(string layer, int channels)
    {
        RequireBody(layer);
        if (_last != Last.WeightedKernel)
            throw NetworkImportException.At(layer, "does not directly follow a convolution; batch normalisation is understood between a convolution and its activation");
        if (channels != Shape.Channels)
            throw NetworkImportException.At(layer, $"normalizes {channels} channels and gets {Shape.Channels}");
        _kernels[^1] = (WeightedKernel)_kernels[^1] with { BatchNorm = true };
        _last = Last.BatchNorm;
    }

    /// <summary>An activation: of the kernel, the shortcut's sum or the linear layer before it.</summary>
    public void AddActivation(string layer, Activation activation)
    {
        if (_head.HasBegun)
        {
            _head.AddActivation(layer, activation);
            return;
        }
        switch (_last)
        {
            case Last.WeightedKernel or Last.BatchNorm:
                _kernels[^1] = (WeightedKernel)_kernels[^1] with { Activation = activation };
                break;
            case Last.Sum:
                _units[^1] = _units[^1] with { SumActivation = activation };
                break;
            case Last.Activation:
                throw NetworkImportException.At(layer, "follows another activation; one after each convolution is understood");
            default:
                throw NetworkImportException.At(layer, "does not follow a convolution; activations are understood after a convolution, its batch normalisation or a shortcut's sum");
        }
        _last = Last.Activation;
    }

    /// <summary>Pooling: the end of a stage.</summary>
    public void AddPool(string layer, Pool pool)
    {
        RequireBody(layer);
        if (_isUnitGiven)
            throw NetworkImportException.At(layer, "stands inside a unit; pooling is understood between units");
        CloseUnit();
        if (_units.Count == 0 && _stages.Count == 0)
            throw NetworkImportException.At(layer, "comes before any convolution; pooling is understood at the end of a stage");
        if (_pool is not null || (_units.Count == 0 && _stages[^1].Pool is not null))
            throw NetworkImportException.At(layer, "follows another pooling; one at the end of each stage is understood");
        Shape = After(layer, () => Shape.After(pool));
        if (_units.Count == 0)
            _stages[^1] = _stages[^1] with { Pool = pool };
        else
            _pool = pool;
        _last = Last.Pool;
    }

    /// <summary>From here to <see cref="EndUnit"/> or <see cref="EndResidual"/> all kernels are one unit.</summary>
    public void BeginUnit()
    {
        CloseUnit();
        _isUnitGiven = true;
        _unitInput = Shape;
    }

    /// <summary>Ends what <see cref="BeginUnit"/> began.</summary>
    public void EndUnit()
    {
        _isUnitGiven = false;
        _isUnitDone = true;
    }

    /// <summary>Ends what <see cref="BeginUnit"/> began with a sum of its input and its output.</summary>
    /// <param name="layer">The sum.</param>
    /// <param name="projection">The convolution on the way around the unit; null where the input is added as it is.</param>
    public void EndResidual(string layer, Convolution? projection)
    {
        if (_kernels.Count == 0)
            throw NetworkImportException.At(layer, "adds up two values with no convolution between them");
        RequireShortcut(layer, projection);
        _isUnitGiven = false;
        CloseUnit(isResidual: true);
        _last = Last.Sum;
    }

    /// <summary>Ends a given stage.</summary>
    public void EndStage(string name)
    {
        CloseUnit();
        if (_units.Count == 0)
            throw NetworkImportException.At(name, "has no convolution");
        CloseStage();
    }

    /// <summary>The mean of each channel.</summary>
    public void AddGlobalAverage(string layer) => Body(() => _head.AddGlobalAverage(layer));

    /// <summary>All values in a row.</summary>
    public void AddFlatten(string layer) => Body(() => _head.AddFlatten(layer, Shape));

    /// <summary>The vector that a classifier reads, where nobody says how it is made: told by its length.</summary>
    public void AddVector(string layer, long features) => Body(() => _head.AddVector(layer, features, Shape));

    /// <summary>A linear layer.</summary>
    public void AddLinear(string layer, long inputs, long outputs, bool hasBias) => _head.AddLinear(layer, inputs, outputs, hasBias);

    /// <summary>Dropout of a share of the values, which is known in a classifier only.</summary>
    public void AddDropout(string layer, double share) => _head.AddDropout(layer, share);

    /// <summary>The network of all layers so far.</summary>
    /// <param name="name">Its name.</param>
    public ConvNet Build(string name)
    {
        CloseUnit();
        if (_units.Count > 0)
            CloseStage();
        if (_stages.Count == 0)
            throw new NetworkImportException("There is no convolution in it.");
        var (head, classes) = _head.Build();
        var network = new ConvNet { Name = name, Input = _input, Classes = classes, Stages = [.. _stages], Head = head };
        if (!stagesAreGiven)
            network = NetworkStem.Split(network);
        try
        {
            NetworkLayout.Of(network);
        }
        catch (Exception error) when (error is InvalidOperationException or OverflowException)
        {
            throw new NetworkImportException(error.Message);
        }
        return network;
    }

    private void Body(Action head)
    {
        CloseUnit();
        head();
    }

    private void CloseUnit(bool isResidual = false)
    {
        _isUnitDone = false;
        if (_kernels.Count == 0)
            return;
        var block = new Block { Kernels = [.. _kernels], Residual = isResidual, SumActivation = isResidual ? Activation.None : Activation.Relu };
        _kernels.Clear();
        if (!stagesAreGiven && _units.Count > 0 && block.Kernels.OfType<SpatialKernel>().Any(kernel => kernel.Stride != 1))
            CloseStage();
        _units.Add(block);
    }

    private void CloseStage()
    {
        _stages.Add(new Stage { Units = [.. _units], Pool = _pool });
        _units.Clear();
        _pool = null;
    }

    /// <summary>The shortcut must be the one that <see cref="Block.Residual"/> stands for.</summary>
    private void RequireShortcut(string layer, Convolution? projection)
    {
        if (projection is null)
        {
            if (_unitInput != Shape)
                throw NetworkImportException.At(layer, $"adds {_unitInput} to {Shape}; shapes that differ need a 1x1 convolution on the shortcut");
            return;
        }
        if (_unitInput == Shape)
            throw NetworkImportException.At(layer, "has a convolution on a shortcut whose two ends have one shape; there a shortcut is understood only as it is");
        var stride = _kernels.OfType<SpatialKernel>()
            .Aggregate(new Size2D(1, 1), (total, kernel) => new(total.Height * kernel.Stride.Height, total.Width * kernel.Stride.Width));
        if (projection.Size != 1 || projection.Groups != 1 || projection.Border != 0 || projection.Stride != stride)
            throw NetworkImportException.At(layer, $"has a {projection.Size} convolution with stride {projection.Stride} on its shortcut; a 1x1 convolution with the unit's stride, {stride}, is understood");
        var output = After(layer, () => _unitInput.After(projection));
        if (output != Shape)
            throw NetworkImportException.At(layer, $"adds {output}, which comes over the shortcut, to {Shape}");
    }

    private static TensorShape RequireImage(TensorShape input) => new(
        ImportedNumber.Count("The input", "number of channels", input.Channels),
        ImportedNumber.Side("The input", "height", input.Height),
        ImportedNumber.Side("The input", "width", input.Width));

    private void RequireBody(string layer)
    {
        if (_head.HasBegun)
            throw NetworkImportException.At(layer, "comes after the feature maps became a vector; only linear layers are understood there");
    }

    private static bool EndsUnit(Kernel kernel) => kernel is Convolution { Groups: 1 } or Convolution { Size: { Height: 1, Width: 1 } } or RollingPointwiseConvolution;

    private static TensorShape After(string layer, Func<TensorShape> shape)
    {
        try
        {
            return shape();
        }
        catch (ShapeException error)
        {
            throw NetworkImportException.At(layer, error.Message);
        }
    }
}
