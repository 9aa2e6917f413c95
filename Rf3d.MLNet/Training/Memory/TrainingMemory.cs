using System.Globalization;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// The memory of a GPU that a training takes, worked out from the network and the recipe before the first step. All numbers are bytes.
/// </summary>
/// <remarks>
/// <para>
/// Tensors are counted one by one: parameters and the tensors of the same shapes beside them, and layer by layer what a step keeps for its backward pass.
/// <see cref="Libraries"/> is an allowance. A step needs most of it, and its share grows with the batch size; the rest does not depend on it.
/// </para>
/// <para>The library logs the memory of a training on a GPU before the first step, and chooses the batch size by it. <c>rf3d plan --batch-size N</c> shows it for a planned network.</para>
/// <code>
/// var memory = TrainingMemory.OnGpu(plan.Optimized, batchSize: 256);
/// Console.WriteLine(memory);   // about 14.76 GB: activations of 256 images 12.93 GB, …
/// </code>
/// </remarks>
public sealed record TrainingMemory
{
    // The CUDA context with the kernels that a training loads (0.3 to 0.6 GB), workspaces of cuDNN (up to some 0.2 GB) and cuBLAS (32 MB on Hopper).
    private const long LibraryBytes = 800_000_000;

    // libtorch rounds blocks up, and blocks of other sizes leave gaps.
    private const int PartsOfFragments = 20;

    private TrainingMemory()
    {
    }

    /// <summary>Images in a step.</summary>
    public int BatchSize { get; private init; }

    /// <summary>Parameters in float32, the running statistics of batch normalisation, and, if convolutions are computed in bfloat16, copies of their weights.</summary>
    public long Weights { get; private init; }

    /// <summary>Gradients of the parameters, in float32.</summary>
    public long Gradients { get; private init; }

    /// <summary>State of the optimizer: a tensor for each parameter with <see cref="TrainingOptimizer.Sgd"/> and <see cref="TrainingOptimizer.Muon"/>, two with <see cref="TrainingOptimizer.AdamW"/>.</summary>
    public long Optimizer { get; private init; }

    /// <summary>Copies of parameters and statistics: those of the best epoch, and with <see cref="TrainingRecipe.EmaDecay"/> the moving average and the weights that it replaces during validation.</summary>
    public long Copies { get; private init; }

    /// <summary>
    /// The most that a step allocates beyond the other parts: the batch, the feature maps that are kept for the backward pass, and the gradients that exist at that moment. If the
    /// optimizer needs more memory for its computations, it is that.
    /// </summary>
    public long Activations { get; private init; }

    /// <summary>Images that stay on the GPU during the training.</summary>
    public long Images { get; private init; }

    /// <summary>An allowance for memory that is not counted: the CUDA context, the workspaces of cuDNN and cuBLAS, and gaps between tensors (5 % of <see cref="Activations"/>).</summary>
    public long Libraries { get; private init; }

    /// <summary>Sum of all parts.</summary>
    public long Total => Weights + Gradients + Optimizer + Copies + Activations + Images + Libraries;

    /// <summary>The memory of a training on a GPU. No GPU is needed to work it out.</summary>
    /// <param name="network">The network that is trained, as planned.</param>
    /// <param name="batchSize">Images in a step.</param>
    /// <param name="recipe">Optimizer, precision, augmentation and moving average. Its batch size is not used; a precision of Auto counts as BFloat16. Null for the defaults.</param>
    /// <param name="images">Images of the size of the network's input that stay on the GPU: training and validation images, if they fit. Default: 0, images are uploaded batch by batch.</param>
    /// <exception cref="ArgumentOutOfRangeException">A batch size below 1, or a negative number of images.</exception>
    /// <exception cref="InvalidOperationException">The network cannot run on its input. The message names the unit and the reason.</exception>
    /// <exception cref="InvalidOperationException">The number of bytes is above 2⁶³.</exception>
    public static TrainingMemory OnGpu(ConvNet network, int batchSize, TrainingRecipe? recipe = null, long images = 0)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(images);
        recipe ??= new TrainingRecipe();
        var precision = recipe.Precision is TrainingPrecision.Auto ? TrainingPrecision.BFloat16 : recipe.Precision;
        var pixels = (double)network.Input.Height * network.Input.Width * DeviceImages.Channels;
        return Of(NetworkLayout.Of(network), recipe, precision, StepForms.Gpu, batchSize, new(images == 0 ? null : (long)Math.Min(images * pixels, long.MaxValue / 2)));
    }

    /// <param name="layout">The network.</param>
    /// <param name="settings">How it is trained, with a batch size.</param>
    /// <param name="images">Where the images are; by default they go to the device batch by batch.</param>
    /// <exception cref="InvalidOperationException">The number of bytes is above 2⁶³.</exception>
    internal static TrainingMemory Of(NetworkLayout layout, TrainingSettings settings, DeviceImages images = default) =>
        Of(layout, settings.Recipe, settings.Precision, settings.StepForms, settings.BatchSize, images);

    /// <param name="layout">The network.</param>
    /// <param name="recipe">How it is trained. Batch size and precision are not used.</param>
    /// <param name="precision">Not Auto.</param>
    /// <param name="forms">Of the step.</param>
    /// <param name="batchSize">Images in a step.</param>
    /// <param name="images">Where the images are.</param>
    /// <exception cref="InvalidOperationException">The number of bytes is above 2⁶³.</exception>
    internal static TrainingMemory Of(NetworkLayout layout, TrainingRecipe recipe, TrainingPrecision precision, StepForms forms, int batchSize, DeviceImages images)
    {
        try
        {
            var step = new StepShape(batchSize, precision == TrainingPrecision.BFloat16 ? 2 : sizeof(float), forms, recipe.Reparameterization);
            var weights = WeightCounts.Of(layout, step);
            var batch = BatchMemory.Bytes(layout, recipe, step, images);
            var optimizing = batch + weights.StepGradientBytes + OptimizerMemory.WorkingBytes(layout, recipe, forms);
            var activations = Math.Max(checked(batch + StepWalk.Peak(layout, step)), optimizing);
            var memory = new TrainingMemory
            {
                BatchSize = batchSize,
                Weights = weights.Bytes,
                Gradients = weights.Trained * sizeof(float),
                Optimizer = OptimizerMemory.StateBytes(weights, recipe),
                Copies = (weights.Parameters + weights.Statistics) * sizeof(float) * (recipe.EmaDecay > 0 ? 3 : 1),
                Activations = activations,
                Images = images.ResidentBytes ?? 0,
                Libraries = checked(LibraryBytes + (activations / PartsOfFragments)),
            };
            return checked(memory.Activations + memory.Libraries + memory.Images) > long.MaxValue / 2 ? throw new OverflowException() : memory;
        }
        catch (OverflowException error)
        {
            throw new InvalidOperationException($"Network '{layout.Network.Name}' takes more memory at {batchSize} images a step than a 64-bit number can count; use smaller images or batches, or fewer channels.", error);
        }
    }

    /// <summary>As in "about 3.20 GB: activations of 1,024 images 2.40 GB, images 0.15 GB, weights, gradients and optimizer 0.10 GB, libraries 0.92 GB".</summary>
    public override string ToString() => $"about {Gigabytes(Total)}: {Parts()}";

    /// <summary>The sentence of the log.</summary>
    /// <param name="gpuBytes">Memory of the GPU; null where it is not known.</param>
    internal string Describe(long? gpuBytes) =>
        $"The training takes about {Gigabytes(Total)} of the GPU's {(gpuBytes is { } all ? Gigabytes(all) : "memory")}: {Parts()}.";

    private string Parts() => string.Create(
        CultureInfo.InvariantCulture,
        $"activations of {BatchSize:#,0} images {Gigabytes(Activations)}{(Images > 0 ? $", images {Gigabytes(Images)}" : "")}, weights, gradients and optimizer {Gigabytes(Weights + Gradients + Optimizer + Copies)}, libraries {Gigabytes(Libraries)}");

    private static string Gigabytes(long bytes) => (bytes / 1e9).ToString("0.00 GB", CultureInfo.InvariantCulture);
}
