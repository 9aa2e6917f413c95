using Rf3d.MLNet;
using Rf3d.MLNet.Tests.Images;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.Benchmarks;

/// <summary>A network and a batch on a device, with random images that lie there.</summary>
internal sealed class DeviceCase : IDisposable
{
    private static readonly ChannelStatistics Statistics = new([128, 128, 128], [64, 64, 64]);

    private readonly ImageSet _images;

    public DeviceCase(string name, int batch, int steps, Device device)
    {
        using var scope = NewDisposeScope();
        var network = Create(name);
        (Name, Batch, Device, Layout) = (name, batch, device, NetworkLayout.Of(network));
        using var generator = new Generator(1);
        var count = (long)batch * steps;
        var pixels = randint(0, 256, [count, network.Input.Height, network.Input.Width, 3], ScalarType.Byte, generator: generator);
        using var source = ImageSets.Of(pixels, randint(network.Classes, [count], generator: generator));
        _images = new(source.Index, new DeviceImageStore(source.Store, source.Index, device));
    }

    public static IReadOnlyList<string> Names => ["MobileNet-opt", "ResNet18Slim-opt", "ResNet18", "VGG16-opt", "ResNet50", "ResNet50-224"];

    public string Name { get; }

    public int Batch { get; }

    public Device Device { get; }

    public NetworkLayout Layout { get; }

    public static bool IsLarge(string name) => name.EndsWith("-224", StringComparison.Ordinal);

    /// <param name="optimizer">Muon learns with identity branches, as it does by default.</param>
    /// <param name="forms">Of the step.</param>
    /// <param name="epochs">Passes over the images.</param>
    public TrainingSettings Settings(TrainingOptimizer optimizer, StepForms forms, int epochs) =>
        new(new() { BatchSize = Batch, Epoch = epochs, LearningRate = 0.01, Optimizer = optimizer, Reparameterization = optimizer == TrainingOptimizer.Muon }, Seed: 1, Device)
        {
            Precision = TrainingPrecision.BFloat16,
            Forms = forms,
        };

    /// <returns>Images per second of each epoch but the first, in which kernels are loaded and tried.</returns>
    public IReadOnlyList<double> Train(TrainingSettings settings)
    {
        using var scope = NewDisposeScope();
        var session = new TrainingSession(Layout, settings, new(_images, arange(_images.Count)), null, Statistics);
        return [.. session.Run(default).History.Epochs.Skip(1).Select(epoch => epoch.ImagesPerSecond)];
    }

    /// <summary>Makes batches of the images, for the caller to dispose.</summary>
    public BatchSource Source() => new(_images, Statistics, Device);

    /// <summary>Looks them up on the device, for the caller to dispose.</summary>
    public IndexedBatches Indexed(TrainingSettings settings) => new(_images, settings);

    public void Dispose() => _images.Dispose();

    private static ConvNet Create(string name)
    {
        return name switch
        {
            "MobileNet-opt" => Organized(Architecture.MobileNet),
            "ResNet18Slim-opt" => Organized(Architecture.ResNet18Slim),
            "ResNet18" => ConvNetFactory.Create(Architecture.ResNet18, 32, 32, 10),
            "VGG16-opt" => Organized(Architecture.Vgg16),
            "ResNet50" => ConvNetFactory.Create(Architecture.ResNet50, 32, 32, 10),
            "ResNet50-224" => ConvNetFactory.Create(Architecture.ResNet50, 224, 224, 1000),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such network."),
        };

        static ConvNet Organized(Architecture architecture) =>
            NetworkPlan.Create(ConvNetFactory.Create(architecture, 32, 32, 10), new OrganizerOptions(), Decomposition.Off).Optimized;
    }
}
