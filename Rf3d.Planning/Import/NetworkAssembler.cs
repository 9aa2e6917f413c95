namespace Rf3d.Planning;

/// <summary>
/// Makes a <see cref="ConvNet"/> of layers that come one after the other, as frameworks keep them: knows what belongs to one kernel, what is a
/// unit and where a stage ends, and neither TorchSharp nor ONNX. Every layer comes with a name for errors.
/// </summary>
/// <param name="input">Shape of the images.</param>
/// <param name="stagesAreGiven">Whether stages end at <see cref="EndStage"/> only.</param>
/// <remarks>
/// A convolution is a unit of its own; a depthwise or grouped one or a channel shuffle opens a unit that ends with the next kernel that mixes
/// channels or is pointwise. Pooling ends a stage, and a unit with a stride starts one.
/// </remarks>
internal sealed class NetworkAssembler(TensorShape input, bool stagesAreGiven = false)
{
    private readonly TensorShape _input = input;
    private readonly List<Stage> _stages = [];
    private readonly List<Block> _blocks = [];
    private readonly BlockAssembler _block = new();
    private readonly HeadAssembler _head = new();
    private Pool? _pool;
    private Size2D _poolInput;
    private Last _last;

    /// <summary>The kind of the previous layer, which determines whether batch normalisation or an activation may follow.</summary>
    private enum Last
    {
        Nothing,
        Boundary,
        ConvLayer,
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

    /// <summary>Length of the vector that the layers so far make; 0 where they make feature maps.</summary>
    public long Features => _head.Features;

    /// <summary>A kernel; its batch normalisation and activation come after it.</summary>
    /// <param name="layer">Its name.</param>
    /// <param name="kernel">Without batch normalisation and activation.</param>
    /// <param name="channels">Input channels that it is made for; null where it takes any number.</param>
    public void AddLayer(string layer, Layer kernel, long? channels = null)
    {
        RequireBody(layer);
        if (channels is not null && channels != Shape.Channels)
            throw NetworkImportException.At(layer, $"takes {channels} channels and gets {Shape.Channels}");
        if (_pool is not null)
        {
            if (stagesAreGiven)
            {
                throw NetworkImportException.At(
                    layer, "follows a pooling in the same stage. Pooling ends a stage; give what comes after it as a stage of its own");
            }
            CloseStage();
        }
        if (_block.IsComplete)
            CloseBlock();
        var plain = kernel is ConvLayer weighted ? weighted with { BatchNorm = false, Activation = Activation.None } : kernel;
        var shape = NetworkImportException.Naming(layer, () => Shape.After(plain));
        RequireCountable(new(layer, plain, Shape, shape));
        Shape = shape;
        _block.Add(plain);
        _last = plain is ConvLayer ? Last.ConvLayer : Last.ChannelShuffle;
    }

    /// <summary>Batch normalisation, of the kernel directly before it.</summary>
    public void AddBatchNorm(string layer, int channels)
    {
        RequireBody(layer);
        if (_last != Last.ConvLayer)
        {
            throw NetworkImportException.At(
                layer, "does not directly follow a convolution; batch normalisation is supported between a convolution and its activation");
        }
        if (channels != Shape.Channels)
            throw NetworkImportException.At(layer, $"normalizes {channels} channels and gets {Shape.Channels}");
        _block.ChangeLast(kernel => kernel with { BatchNorm = true });
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
            case Last.ConvLayer or Last.BatchNorm:
                _block.ChangeLast(kernel => kernel with { Activation = activation });
                break;
            case Last.Sum:
                _blocks[^1] = _blocks[^1] with { SumActivation = activation };
                break;
            case Last.Activation:
                throw NetworkImportException.At(layer, "follows another activation; one after each convolution is supported");
            default:
                throw NetworkImportException.At(
                    layer, "does not follow a convolution; activations are supported after a convolution, its batch normalisation or a shortcut's sum");
        }
        _last = Last.Activation;
    }

    /// <summary>Pooling: the end of a stage.</summary>
    public void AddPool(string layer, Pool pool)
    {
        RequireBody(layer);
        if (_block.IsGiven)
            throw NetworkImportException.At(layer, "is inside a unit; pooling is supported between units only");
        CloseBlock();
        if (_blocks.Count == 0 && _stages.Count == 0)
            throw NetworkImportException.At(layer, "comes before any convolution; pooling is supported at the end of a stage");
        if (_pool is not null || (_blocks.Count == 0 && _stages[^1].Pool is not null))
            throw NetworkImportException.At(layer, "follows another pooling; one at the end of each stage is supported");
        _poolInput = new(Shape.Height, Shape.Width);
        Shape = NetworkImportException.Naming(layer, () => Shape.After(pool));
        if (_blocks.Count == 0)
            _stages[^1] = _stages[^1] with { Pool = pool };
        else
            _pool = pool;
        _last = Last.Pool;
    }

    /// <summary>From here to <see cref="EndBlock"/> or <see cref="EndResidual"/> all kernels are one unit.</summary>
    public void BeginBlock()
    {
        CloseBlock();
        _block.Begin(Shape);
        _last = Last.Boundary;
    }

    /// <summary>Ends the unit that <see cref="BeginBlock"/> began.</summary>
    public void EndBlock() => _block.End();

    /// <summary>Ends the unit that <see cref="BeginBlock"/> began with a sum of its input and its output.</summary>
    /// <param name="layer">The sum.</param>
    /// <param name="projection">The convolution on the way around the unit; null where the input is added as it is.</param>
    public void EndResidual(string layer, Convolution? projection)
    {
        _block.RequireShortcut(layer, projection, Shape);
        CloseBlock(isResidual: true);
        _last = Last.Sum;
    }

    /// <summary>Ends a given stage.</summary>
    public void EndStage(string name)
    {
        CloseBlock();
        if (_blocks.Count == 0)
            throw NetworkImportException.At(name, "has no convolution");
        CloseStage();
        _last = Last.Boundary;
    }

    /// <summary>The mean of each channel, unless it is one already.</summary>
    public void AddGlobalAverage(string layer) => BeginHead(layer, () =>
    {
        if (!_head.IsAveraged)
            _head.AddGlobalAverage(layer);
    });

    /// <summary>All values in a row.</summary>
    public void AddFlatten(string layer) => BeginHead(layer, () => _head.AddFlatten(layer, Shape));

    /// <summary>The vector that a classifier reads, where its origin is not known: recognised by its length.</summary>
    public void AddVector(string layer, long features) => BeginHead(layer, () => _head.AddVector(layer, features, Shape));

    /// <summary>A linear layer.</summary>
    public void AddLinear(string layer, long inputs, long outputs, bool hasBias) => _head.AddLinear(layer, inputs, outputs, hasBias);

    /// <summary>Dropout of a share of the values, which is known in a classifier only.</summary>
    public void AddDropout(string layer, double share) => _head.AddDropout(layer, share);

    /// <summary>The network of all layers so far.</summary>
    /// <param name="name">Its name.</param>
    public ConvNet Build(string name)
    {
        CloseBlock();
        if (_blocks.Count > 0)
            CloseStage();
        if (_stages.Count == 0)
            throw new NetworkImportException("The network has no convolution.");
        var (head, classes) = _head.Build();
        var network = new ConvNet { Name = name, Input = _input, Classes = classes, Stages = [.. _stages], Head = head };
        if (!stagesAreGiven)
            network = NetworkStem.Split(network);
        try
        {
            NetworkCost.Of(NetworkLayout.Of(network));
        }
        catch (InvalidOperationException error)
        {
            throw new NetworkImportException(error.Message);
        }
        return network;
    }

    private void BeginHead(string layer, Action head)
    {
        if (_block.IsGiven)
            throw NetworkImportException.At(layer, "is inside a unit; one vector at the end of the feature maps is supported");
        CloseBlock();
        if (!_head.HasBegun && _pool is AveragePool pool && pool.Size == _poolInput && pool.Padding == 0)
        {
            // A window as large as the maps: the mean of each channel, in words that fit any image.
            _pool = null;
            _head.AddGlobalAverage(layer);
        }
        head();
    }

    private void CloseBlock(bool isResidual = false)
    {
        if (_block.Take(isResidual) is not { } block)
            return;
        if (!stagesAreGiven && _blocks.Count > 0 && block.Layers.OfType<SpatialConvLayer>().Any(layer => layer.Stride != 1))
            CloseStage();
        _blocks.Add(block);
    }

    private void CloseStage()
    {
        _stages.Add(new Stage { Blocks = [.. _blocks], Pool = _pool });
        _blocks.Clear();
        _pool = null;
    }

    private static TensorShape RequireImage(TensorShape input) => new(
        ImportedNumber.Count("The input", "number of channels", input.Channels),
        ImportedNumber.Side("The input", "height", input.Height),
        ImportedNumber.Side("The input", "width", input.Width));

    private static void RequireCountable(LayerNode node)
    {
        try
        {
            NetworkCost.Of(node);
        }
        catch (InvalidOperationException)
        {
            throw NetworkImportException.At(node.Name, NetworkCost.TooLarge);
        }
    }

    private void RequireBody(string layer)
    {
        if (_head.HasBegun)
            throw NetworkImportException.At(layer, "comes after the feature maps became a vector; only linear layers are supported there");
    }
}
