using Rf3d.Planning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>A whole network with its weights: the TorchSharp reader of <see cref="NetworkLayout"/>. Normalized images in, logits out.</summary>
internal sealed class TorchNetwork : nn.Module<Tensor, Tensor>
{
    private readonly NetworkLayout _layout;
    private readonly Generator _generator;
    private readonly ModuleList<BlockModule> blocks;
    private readonly ModuleList<LinearModule> linears;
    private bool _poolsPixels;

    /// <param name="layout">The network.</param>
    /// <param name="generator">Draws the initial weights and, while training, the values that are dropped. Of the CPU.</param>
    public TorchNetwork(NetworkLayout layout, Generator generator)
        : base(nameof(TorchNetwork))
    {
        _layout = layout;
        _generator = generator;
        blocks = new ModuleList<BlockModule>([.. layout.Body.SelectMany(stage => stage.Blocks).Select(block => new BlockModule(block, generator))]);
        linears = new ModuleList<LinearModule>([.. layout.Linears.Select(node => new LinearModule(node, generator))]);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => linears.Count == 0 ? Features(input) : Classify(Features(input));

    /// <summary>The last linear layer, of a network with a head: logits of its input.</summary>
    public Tensor Classify(Tensor features) => linears[^1].call(features);

    /// <summary>The input of the last linear layer; the last maps of a network without a head.</summary>
    public Tensor Features(Tensor input)
    {
        var output = input;
        var next = 0;
        foreach (var stage in _layout.Body)
        {
            foreach (var _ in stage.Blocks)
                output = blocks[next++].call(output).Replacing(output, input);
            if (stage.Stage.Pool is { } pool)
                output = Pool(pool, output).Replacing(output, input);
        }
        if (output.dtype == ScalarType.BFloat16 && !(_poolsPixels && _layout.Network.Head?.Pooling == HeadPooling.GlobalAverage))
            output = output.to(ScalarType.Float32);
        if (_layout.Network.Head is not { } head)
            return output;
        output = head.Pooling switch
        {
            // As the mean over the middle of [n, pixels, channels]: of the mean over pixels of planes the gradient lies in planes, and is copied before each of the
            // last unit's convolutions.
            HeadPooling.GlobalAverage when _poolsPixels => output.permute(0, 2, 3, 1).flatten(1, 2).mean([1], type: ScalarType.Float32),
            HeadPooling.GlobalAverage => output.mean([2, 3]),
            HeadPooling.Flatten => output.flatten(1),
            var other => throw new NotSupportedException($"The head pools by {other}, which cannot be built with TorchSharp."),
        };
        if (linears.Count == 1)
            output = Drop(output, head.Dropout);
        for (var i = 0; i < linears.Count - 1; i++)
            output = Drop(linears[i].call(output).relu_(), head.Dropout);
        return output;
    }

    /// <summary>Lays the convolutions' weights out channels-last, which oneDNN runs faster (by strides: TorchSharp has no memory formats).</summary>
    public void UseChannelsLast()
    {
        foreach (var layer in blocks.SelectMany(block => block.Layers))
            layer.UseChannelsLast();
    }

    /// <summary>Computes in these forms from now on. To be called with the weights to begin with: those of a GPU take the biases before normalisations away.</summary>
    public void UseForms(StepForms forms)
    {
        _poolsPixels = forms == StepForms.Gpu;
        foreach (var layer in blocks.SelectMany(block => block.Layers))
            layer.UseForms(forms);
    }

    /// <summary>Computes convolutions in bfloat16 from now on, where that is not slower on the device that the weights are on; the weights stay float32.</summary>
    public void UseBFloat16()
    {
        foreach (var layer in blocks.SelectMany(block => block.Layers))
            layer.UseBFloat16();
    }

    /// <summary>Whether there are kernels that learn with a <see cref="IdentityBranch"/>.</summary>
    public bool HasIdentityBranches => blocks.SelectMany(block => block.Layers).Any(layer => layer.HasIdentityBranch);

    /// <summary>Puts a <see cref="IdentityBranch"/> around each kernel that can have one and is not in a residual block, which has its own.</summary>
    public void UseIdentityBranches()
    {
        foreach (var layer in blocks.Where(block => !block.IsResidual).SelectMany(block => block.Layers))
            layer.UseIdentityBranch();
    }

    /// <summary>Measures the outputs of the kernels that have a shortcut, for <see cref="FoldIdentityBranches"/>.</summary>
    /// <param name="images">Normalized images, a sample of those that it learned from, batch by batch.</param>
    public void MeasureIdentityBranches(IEnumerable<Tensor> images)
    {
        using var noGradient = no_grad();
        eval();
        foreach (var layer in blocks.SelectMany(block => block.Layers))
            layer.MeasureIdentityBranch();
        foreach (var batch in images)
            call(batch).Dispose();
    }

    /// <summary>Merges the identity branches into the weights: the results of the network stay the same.</summary>
    public void FoldIdentityBranches()
    {
        foreach (var layer in blocks.SelectMany(block => block.Layers))
            layer.FoldIdentityBranch();
    }

    /// <summary>Copies the weights, wherever they live and however they are laid out, as row-major floats.</summary>
    public WeightTable Export()
    {
        using var noGradient = no_grad();
        var table = new WeightTable();
        foreach (var (name, tensor) in Weights())
        {
            using var scope = NewDisposeScope();
            var values = tensor.detach().to(ScalarType.Float32).cpu().contiguous();
            table[name] = new WeightTensor(values.shape, values.data<float>().ToArray());
        }
        return table;
    }

    /// <summary>Takes over weights of the same network.</summary>
    /// <exception cref="KeyNotFoundException">The table lacks a tensor of this network.</exception>
    public void Import(WeightTable table)
    {
        using var noGradient = no_grad();
        foreach (var (name, tensor) in Weights())
        {
            using var scope = NewDisposeScope();
            tensor.copy_(torch.tensor(table[name].Values).reshape(table[name].Shape));
        }
    }

    /// <summary>Biases before a batch normalisation, which change nothing that the network computes in training, and that normalisation's running mean.</summary>
    public IEnumerable<(Tensor Bias, Tensor Mean)> IdleBiases =>
        from block in blocks
        from layer in block.Layers.OfType<ConvLayerModule>()
        where layer.IdleBias is not null
        select layer.IdleBias!.Value;

    /// <summary>Its batch normalisations.</summary>
    public IEnumerable<NormModule> Norms => blocks.SelectMany(block => block.Layers).OfType<ConvLayerModule>().Select(layer => layer.Norm).OfType<NormModule>();

    /// <summary>Everything that training changes, by the names of the weight table.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Weights() =>
        blocks.SelectMany(block => block.Layers).SelectMany(layer => layer.Weights()).Concat(linears.SelectMany(linear => linear.Weights()));

    // Written out because nn.functional.dropout draws from the process-wide generator, which belongs to the application.
    private Tensor Drop(Tensor values, double share)
    {
        if (!training || share == 0)
            return values;
        var kept = rand(values.shape, generator: _generator).IsAtLeast(share).SendTo(values.device).to(values.dtype);
        return (values * kept).Over(1 - share);
    }

    private static Tensor Pool(Pool pool, Tensor input) => pool switch
    {
        MaxPool => nn.functional.max_pool2d(input, Axes(pool.Size), Axes(pool.Stride), Axes(pool.Padding)),
        AveragePool => nn.functional.avg_pool2d(input, Axes(pool.Size), Axes(pool.Stride), Axes(pool.Padding)),
        var other => throw new NotSupportedException($"TorchSharp cannot compute a {other.GetType().Name}."),
    };

    private static long[] Axes(Size2D size) => [size.Height, size.Width];
}
