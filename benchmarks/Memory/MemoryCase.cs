using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>A training whose memory is measured.</summary>
/// <param name="Name">Name on the command line and in the report.</param>
/// <param name="Network">The network.</param>
/// <param name="Batch">Images in a step.</param>
internal sealed record MemoryCase(string Name, ConvNet Network, int Batch)
{
    /// <summary>Small networks, one of each kind: on a CPU a step of each takes less than a second and some ten megabytes.</summary>
    public static IReadOnlyList<MemoryCase> Small { get; } =
    [
        new("vgg", Net(Stage.Repeat(Block.Convolution(8), 2, new MaxPool(2, 2)), Stage.Repeat(Block.Convolution(16), 2, new MaxPool(2, 2)), Stage.Repeat(Block.Convolution(32), 2)), 24),
        new("vgg-hard-swish", Net(new Stage { Blocks = [Swish(8), Swish(8)], Pool = new AveragePool(2, 2) }, new Stage { Blocks = [Swish(16)] }), 24),
        new("residual", Net(Stage.Repeat(Block.Convolution(8), 1), Stage.Repeat(Block.Basic(8), 2, new MaxPool(2, 2)), Stage.Repeat(Block.Basic(16), 2)), 24),
        new("bottleneck", Net(Stage.Repeat(Block.Convolution(8), 1), Stage.Repeat(Block.Bottleneck(4), 2, new MaxPool(2, 2)), Stage.Repeat(Block.Bottleneck(8), 2)), 24),
        new("mobilenet", Net(Stage.Repeat(Block.Convolution(8), 1), Stage.Repeat(Block.DepthwiseSeparable(16), 2, new MaxPool(2, 2)), Stage.Repeat(Block.DepthwiseSeparable(32), 2)), 24),
        new("rolling", Net(Stage.Repeat(Block.Convolution(8), 1), Stage.Repeat(Block.DepthwiseRolling(16), 2, new MaxPool(2, 2)), Stage.Repeat(Block.DepthwiseRolling(32), 2)), 24),
        new("shuffle", Net(Stage.Repeat(Block.Convolution(8), 1), Stage.Repeat(Block.DepthwiseGrouped(16, 2), 2, new MaxPool(2, 2)), Stage.Repeat(Block.DepthwiseGrouped(32, 2), 2)), 24),
        new("wide-adamw-ema", Net(Stage.Repeat(Block.Convolution(8, stride: 2), 1), Stage.Repeat(Block.Convolution(8, stride: 2), 1)) with { Head = new Head { Pooling = HeadPooling.Flatten, HiddenLayers = [2048], Dropout = 0.5 } }, 24)
        {
            Change = recipe => (recipe.Optimizer, recipe.EmaDecay, recipe.LearningRate) = (TrainingOptimizer.AdamW, 0.99, 1e-3),
        },
        new("wide-muon", Net(Stage.Repeat(Block.Convolution(16, stride: 4), 1), Stage.Repeat(Block.Convolution(512, stride: 4), 2)), 8)
        {
            Change = recipe => recipe.Optimizer = TrainingOptimizer.Muon,
        },
    ];

    // libtorch 2.10 for CPU may overwrite memory in a strided 1×1 convolution, which is one of the forms of a GPU, and has strided depthwise convolutions in float32 only.
    /// <summary>Networks with strides, for the forms of a CPU.</summary>
    public static IReadOnlyList<MemoryCase> Strided { get; } =
    [
        new("residual-strided", Net(Stage.Repeat(Block.Convolution(8), 1), Stage.Repeat(Block.Basic(8), 2), Stage.Repeat(Block.Basic(16, stride: 2), 2)), 24),
        new("residual-pooled", Net(Stage.Repeat(Block.Basic(8), 1), new Stage { Blocks = [Block.Bottleneck(8, stride: 2) with { Downsampling = ResidualDownsampling.AveragePooling }] }), 24),
        new("mobilenet-strided", Net(Stage.Repeat(Block.DepthwiseSeparable(16), 2), Stage.Repeat(Block.DepthwiseSeparable(32, stride: 2), 2)), 24),
    ];

    public static IReadOnlyList<MemoryCase> For(StepForms forms) => forms == StepForms.Plain ? [.. Small, .. Strided] : Small;

    /// <summary>Changes of the recipe, which is SGD with identity branches.</summary>
    public Action<TrainingRecipe> Change { get; init; } = _ => { };

    public TrainingRecipe Recipe()
    {
        var recipe = new TrainingRecipe { BatchSize = Batch, LearningRate = 0.01, Optimizer = TrainingOptimizer.Sgd };
        Change(recipe);
        return recipe;
    }

    /// <param name="name">The name of a small network, or as in <c>ResNet18@32</c>: an architecture and the size of its images.</param>
    /// <param name="batch">Images in a step; null for those of a small network, and 64.</param>
    /// <exception cref="ArgumentException">No such network.</exception>
    public static MemoryCase Of(string name, int? batch)
    {
        if (For(StepForms.Plain).FirstOrDefault(small => small.Name == name) is { } known)
            return batch is null ? known : known with { Batch = batch.Value };
        if (name.Split('@') is [var architecture, var side] && Enum.TryParse<Architecture>(architecture, out var kind) && int.TryParse(side, out var size))
            return new(name, ConvNetFactory.Create(kind, size, size, 10), batch ?? 64) { Change = recipe => recipe.Optimizer = TrainingOptimizer.Muon };
        throw new ArgumentException($"'{name}' is neither one of {string.Join(", ", For(StepForms.Plain).Select(small => small.Name))} nor an architecture and a size, as in ResNet18@32.");
    }

    private static Block Swish(int filters) => new() { Layers = [new Convolution { Filters = filters, Activation = Activation.HardSwish }] };

    private static ConvNet Net(params Stage[] stages) => new() { Name = "small", Input = new TensorShape(3, 64, 64), Classes = 10, Stages = [.. stages] };
}
