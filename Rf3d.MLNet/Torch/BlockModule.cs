using Rf3d.Planning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>A unit with its weights: kernels in a row and the shortcut around them.</summary>
internal sealed class BlockModule : nn.Module<Tensor, Tensor>
{
    private readonly Block _block;
    private readonly long[]? _projectionPool;
    private readonly ModuleList<LayerModule> layers;
    private readonly LayerModule? projection;

    public BlockModule(BlockNode node, Generator generator)
        : base(nameof(BlockModule))
    {
        _block = node.Block;
        _projectionPool = node.ProjectionPool is { } window ? [window.Height, window.Width] : null;
        layers = new ModuleList<LayerModule>([.. node.Layers.Select(layer => LayerModule.Of(layer, generator))]);
        projection = node.Projection is null ? null : LayerModule.Of(node.Projection, generator);
        RegisterComponents();
    }

    public bool IsResidual => _block.Residual;

    public IEnumerable<LayerModule> Layers => projection is null ? layers : layers.Append(projection);

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var output = input;
        foreach (var layer in layers)
            output = layer.call(output).Replacing(output, input);
        return (_block.Residual ? output.Plus(projection is null ? input : projection.call(Pooled(input))).Activate(_block.SumActivation) : output).MoveToOuterDisposeScope();
    }

    private Tensor Pooled(Tensor input) =>
        _projectionPool is null ? input : nn.functional.avg_pool2d(input, _projectionPool, _projectionPool, ceil_mode: true, count_include_pad: false);
}
