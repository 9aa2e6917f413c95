using Rf3d.Planning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>A unit with its weights: kernels in a row and the shortcut around them.</summary>
internal sealed class BlockModule : nn.Module<Tensor, Tensor>
{
    private readonly Block _block;
    private readonly ModuleList<KernelModule> kernels;
    private readonly KernelModule? projection;

    public BlockModule(BlockNode node, Generator generator)
        : base(nameof(BlockModule))
    {
        _block = node.Block;
        kernels = new ModuleList<KernelModule>([.. node.Kernels.Select(kernel => KernelModule.Of(kernel, generator))]);
        projection = node.Projection is null ? null : KernelModule.Of(node.Projection, generator);
        RegisterComponents();
    }

    public bool IsResidual => _block.Residual;

    public IEnumerable<KernelModule> Kernels => projection is null ? kernels : kernels.Append(projection);

    public override Tensor forward(Tensor input)
    {
        var output = input;
        foreach (var kernel in kernels)
            output = kernel.call(output);
        return _block.Residual ? output.Plus(projection is null ? input : projection.call(input)).Activate(_block.SumActivation) : output;
    }
}
