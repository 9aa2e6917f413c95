using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>A unit with its weights: kernels in a row and the shortcut around them.</summary>
internal sealed class UnitModule : nn.Module<Tensor, Tensor>
{
    private readonly bool _residual;
    private readonly ModuleList<KernelModule> kernels;
    private readonly KernelModule? projection;

    public UnitModule(UnitNode node, Generator generator)
        : base(nameof(UnitModule))
    {
        _residual = node.Block.Residual;
        kernels = new ModuleList<KernelModule>([.. node.Kernels.Select(kernel => new KernelModule(kernel, generator))]);
        projection = node.Projection is null ? null : new KernelModule(node.Projection, generator);
        RegisterComponents();
    }

    public IEnumerable<KernelModule> Kernels => projection is null ? kernels : kernels.Append(projection);

    public override Tensor forward(Tensor input)
    {
        var output = input;
        foreach (var kernel in kernels)
            output = kernel.call(output);
        return _residual ? (output + (projection is null ? input : projection.call(input))).relu_() : output;
    }
}
