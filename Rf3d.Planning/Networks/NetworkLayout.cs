using System.Collections.Immutable;
using static System.FormattableString;

namespace Rf3d.Planning;

/// <summary>A kernel in its place: with the shapes around it and the name under which its weights are kept.</summary>
internal sealed record LayerNode(string Name, Layer Layer, TensorShape Input, TensorShape Output);

/// <summary>A unit in its place. <paramref name="Projection"/> is the shortcut's convolution, where the shapes call for one.</summary>
internal sealed record BlockNode(string Name, Block Block, TensorShape Input, TensorShape Output, ImmutableArray<LayerNode> Layers, LayerNode? Projection);

/// <summary>A stage (or the stem) in its place.</summary>
internal sealed record StageNode(string Name, Stage Stage, TensorShape Input, TensorShape Output, ImmutableArray<BlockNode> Blocks);

/// <summary>A linear layer in its place.</summary>
internal sealed record LinearNode(string Name, int Inputs, int Outputs);

/// <summary>
/// A network with every shape worked out. The other readers (cost, metric, TorchSharp, ONNX) use it, so that none of them repeats
/// the arithmetic of shapes and names.
/// </summary>
internal sealed record NetworkLayout(
    ConvNet Network, StageNode? Stem, ImmutableArray<StageNode> Stages, ImmutableArray<LinearNode> Linears)
{
    /// <summary>The last linear layer, the one to the classes.</summary>
    /// <exception cref="InvalidOperationException">The network has no head.</exception>
    public LinearNode Classifier => Linears.IsEmpty
        ? throw new InvalidOperationException($"Network '{Network.Name}' has no head: it makes features, not classes. Set its Head.")
        : Linears[^1];

    /// <summary>The linear layers before <see cref="Classifier"/>.</summary>
    public IEnumerable<LinearNode> Hidden => Linears.SkipLast(1);

    /// <summary>Stem and stages, in the order in which data flows.</summary>
    public IEnumerable<StageNode> Body => Stem is null ? Stages : Stages.Prepend(Stem);

    /// <summary>All kernels, those of shortcuts too.</summary>
    public IEnumerable<LayerNode> Layers =>
        Body.SelectMany(stage => stage.Blocks).SelectMany(block => block.Projection is null ? block.Layers : block.Layers.Append(block.Projection));

    /// <exception cref="InvalidOperationException">The network cannot run on its input.</exception>
    public static NetworkLayout Of(ConvNet network)
    {
        var input = network.Input;
        if (input.Channels < 1 || input.Height < 1 || input.Width < 1)
            throw Invalid(network, $"the input {input} must have at least one channel, row and column");
        if (input.Channels > NetworkLimits.Channels || input.Height > NetworkLimits.ImageSide || input.Width > NetworkLimits.ImageSide)
            throw Invalid(network, Invariant($"the input {input} may have at most {NetworkLimits.ImageSide} rows and columns and {NetworkLimits.Channels} channels"));
        if (network.Head is not null && network.Classes is < 1 or > NetworkLimits.Channels)
            throw Invalid(network, Invariant($"{network.Classes} classes; 1 to {NetworkLimits.Channels} are possible"));

        var shape = input;
        StageNode? stem = null;
        if (network.Stem is not null)
        {
            stem = Place(network, network.Stem, "stem", shape);
            shape = stem.Output;
        }
        var stages = ImmutableArray.CreateBuilder<StageNode>(network.Stages.Length);
        for (var i = 0; i < network.Stages.Length; i++)
        {
            stages.Add(Place(network, network.Stages[i], Invariant($"stage{i + 1}"), shape));
            shape = stages[i].Output;
        }

        return new(network, stem, stages.MoveToImmutable(), network.Head is null ? [] : Place(network, network.Head, shape));
    }

    private static ImmutableArray<LinearNode> Place(ConvNet network, Head head, TensorShape shape)
    {
        var features = head.Pooling switch
        {
            HeadPooling.GlobalAverage => shape.Channels,
            HeadPooling.Flatten => shape.Volume <= int.MaxValue
                ? (int)shape.Volume
                : throw Invalid(network, Invariant($"the head would read {shape.Volume} values in a row, the feature maps of {shape}; pool them more, or take HeadPooling.GlobalAverage")),
            var other => throw Invalid(network, $"the head pools by {other}, which is unknown"),
        };
        var linears = ImmutableArray.CreateBuilder<LinearNode>();
        foreach (var outputs in head.HiddenLayers)
        {
            linears.Add(new LinearNode(Invariant($"head.hidden{linears.Count + 1}"), features, outputs));
            features = outputs;
        }
        linears.Add(new LinearNode("head.classifier", features, network.Classes));
        return linears.ToImmutable();
    }

    private static StageNode Place(ConvNet network, Stage stage, string name, TensorShape input)
    {
        var shape = input;
        var blocks = ImmutableArray.CreateBuilder<BlockNode>(stage.Blocks.Length);
        for (var i = 0; i < stage.Blocks.Length; i++)
        {
            blocks.Add(Place(network, stage.Blocks[i], Invariant($"{name}.block{i + 1}"), shape));
            shape = blocks[i].Output;
        }
        if (stage.Pool is { } pool)
            shape = Place(network, $"{name}.pool", () => shape.After(pool));
        return new(name, stage, input, shape, blocks.MoveToImmutable());
    }

    private static BlockNode Place(ConvNet network, Block block, string name, TensorShape input)
    {
        var shape = input;
        var layers = ImmutableArray.CreateBuilder<LayerNode>(block.Layers.Length);
        foreach (var layer in block.Layers)
        {
            var place = Place(network, layer, Invariant($"{name}.layer{layers.Count + 1}"), shape);
            layers.Add(place);
            shape = place.Output;
        }
        return new(name, block, input, shape, layers.MoveToImmutable(), block.Residual ? Project(network, block, name, input, shape) : null);
    }

    private static LayerNode Place(ConvNet network, Layer layer, string name, TensorShape input) =>
        new(name, layer, input, Place(network, name, () => input.After(layer)));

    private static TensorShape Place(ConvNet network, string name, Func<TensorShape> shape)
    {
        try
        {
            return shape();
        }
        catch (ShapeException error)
        {
            throw Invalid(network, $"{name} {error.Message}");
        }
    }

    /// <summary>The shortcut's 1×1 convolution, or null where the block keeps its input's shape.</summary>
    private static LayerNode? Project(ConvNet network, Block block, string name, TensorShape input, TensorShape output)
    {
        if (input == output)
            return null;
        var (height, width) = block.Layers.OfType<SpatialConvLayer>()
            .Aggregate((Height: 1L, Width: 1L), (total, layer) => (Capped(total.Height * layer.Stride.Height), Capped(total.Width * layer.Stride.Width)));
        if (height > NetworkLimits.WindowSide || width > NetworkLimits.WindowSide)
            throw Invalid(network, Invariant($"{name} has a shortcut around strides of more than {NetworkLimits.WindowSide} pixels in all"));
        var stride = new Size2D((int)height, (int)width);
        var projection = new Convolution { Filters = output.Channels, Size = 1, Stride = stride, Activation = Activation.None };
        var place = Place(network, projection, $"{name}.projection", input);
        return place.Output == output
            ? place
            : throw Invalid(network, $"{name} has a shortcut, but its kernels turn {input} into {output}, which a 1x1 projection with stride {stride} does not");
    }

    private static long Capped(long stride) => Math.Min(stride, NetworkLimits.WindowSide + 1);

    private static InvalidOperationException Invalid(ConvNet network, string problem) =>
        new($"Network '{network.Name}' cannot run on {network.Input} images: {problem}.");
}
