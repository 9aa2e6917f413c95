using System.Diagnostics;
using Rf3d.MLNet;
using Rf3d.MLNet.Tests.Images;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.Benchmarks;

/// <summary>
/// One network, trained in six ways: by the trainer's engine from bytes, by SGD, with identity branches, and with these and Muon; by a raw loop on
/// one random batch (the ceiling: no images are prepared), channels-last and in NCHW; and by a plain loop as TorchSharp's users write it. All on images of the input's size with
/// random content.
/// </summary>
internal sealed class SpeedRivals : IDisposable
{
    public const string Engine = "engine", Branches = "engine with identity branches", Default = "engine by default", Raw = "raw loop", RawPlanar = "raw loop, NCHW", Plain = "plain loop";

    // Before the last one kernels are compiled, the heap takes the rival's shape, and the trainer has decided whether to keep it.
    public const int Passes = 3;

    private readonly NetworkLayout _layout;
    private readonly TrainingSettings _settings;
    private readonly int _steps;
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly ImageSet _images;
    private readonly TorchNetwork _raw;
    private readonly TorchNetwork _rawPlanar;
    private readonly TorchNetwork _plain;
    private readonly optim.Optimizer _descent;
    private readonly optim.Optimizer _descentPlanar;
    private readonly optim.Optimizer _adam;
    private readonly Tensor _batch;
    private readonly Tensor _batchPlanar;
    private readonly Tensor _labels;
    private readonly Tensor[] _single;

    /// <param name="network">The network to train.</param>
    /// <param name="precision">Of the engine and of the raw loop.</param>
    /// <param name="batch">Images in a batch.</param>
    /// <param name="steps">Steps in a pass.</param>
    public SpeedRivals(ConvNet network, TrainingPrecision precision, int batch, int steps)
    {
        _layout = NetworkLayout.Of(network);
        _steps = steps;
        var recipe = new TrainingRecipe { BatchSize = batch, Epoch = Passes, LearningRate = 0.01, Optimizer = TrainingOptimizer.Sgd, Reparameterization = false };
        _settings = new TrainingSettings(recipe, Seed: 1, CPU) { Precision = precision };
        using var generator = new Generator(1);
        var (height, width, count) = (network.Input.Height, network.Input.Width, (long)batch * steps);
        var pixels = randint(0, 256, [count, height, width, 3], ScalarType.Byte, generator: generator);
        _images = ImageSets.Of(pixels, randint(network.Classes, [count], generator: generator));

        (_raw, _descent) = MakeRaw(isChannelsLast: true);
        (_rawPlanar, _descentPlanar) = MakeRaw(isChannelsLast: false);
        _batch = randn([batch, height, width, 3], generator: generator).permute(0, 3, 1, 2);
        _batchPlanar = _batch.contiguous();
        _labels = _images.Labels.narrow(0, 0, batch);

        _plain = new TorchNetwork(_layout, generator);
        _plain.train();
        _adam = optim.Adam(_plain.parameters(), 0.001);
        _single = [.. Enumerable.Range(0, (int)count).Select(i => pixels[i].permute(2, 0, 1).to(ScalarType.Float32).div(255).contiguous())];

        (TorchNetwork Network, optim.Optimizer Optimizer) MakeRaw(bool isChannelsLast)
        {
            var raw = new TorchNetwork(_layout, generator);
            if (isChannelsLast)
                raw.UseChannelsLast();
            if (precision == TrainingPrecision.BFloat16)
                raw.UseBFloat16();
            raw.train();
            return (raw, optim.SGD(raw.parameters(), 0.01, momentum: 0.9, nesterov: true, weight_decay: 5e-4));
        }
    }

    /// <summary>Each trains for one pass and gives images per second.</summary>
    public IReadOnlyDictionary<string, Func<double>> All => new Dictionary<string, Func<double>>
    {
        [Engine] = () => TrainByEngine(_settings),
        [Branches] = () => TrainByEngine(_settings.With(recipe => recipe.Reparameterization = true)),
        [Default] = () => TrainByEngine(_settings.With(recipe => { recipe.Reparameterization = true; recipe.Optimizer = TrainingOptimizer.Muon; })),
        [Raw] = () => TrainRaw(_raw, _descent, _batch),
        [RawPlanar] = () => TrainRaw(_rawPlanar, _descentPlanar, _batchPlanar),
        [Plain] = TrainPlain,
    };

    public void Dispose()
    {
        _raw.Dispose();
        _rawPlanar.Dispose();
        _plain.Dispose();
        _descent.Dispose();
        _descentPlanar.Dispose();
        _adam.Dispose();
        _images.Dispose();
        _scope.Dispose();
    }

    // The last epoch of the trainer's own session, everything in it: order, crops, flips, normalisation, figures.
    private double TrainByEngine(TrainingSettings settings)
    {
        using var scope = NewDisposeScope();
        var training = new ImageSubset(_images, arange(_images.Count));
        return new TrainingSession(_layout, settings, training, null, new([128, 128, 128], [64, 64, 64])).Run(default).History.Epochs[^1].ImagesPerSecond;
    }

    private double TrainRaw(TorchNetwork network, optim.Optimizer optimizer, Tensor batch)
    {
        // The engine's treatment of free memory, too: it is libtorch that is the ceiling.
        using var memory = KeptMemory.For(CPU, TimeProvider.System);
        return TimeLastPass(_ =>
        {
            Step(network, optimizer, batch, _labels);
            memory?.AfterStep();
        });
    }

    private double TrainPlain() => TimeLastPass(step =>
    {
        var images = stack(_single.Skip(step * _settings.BatchSize).Take(_settings.BatchSize));
        Step(_plain, _adam, images, _images.Labels.narrow(0, (long)step * _settings.BatchSize, _settings.BatchSize));
    });

    private double TimeLastPass(Action<int> train)
    {
        for (var pass = 1; pass < Passes; pass++)
            Time(train);
        return Time(train);
    }

    private double Time(Action<int> train)
    {
        var start = Stopwatch.GetTimestamp();
        for (var step = 0; step < _steps; step++)
        {
            using var scope = NewDisposeScope();
            train(step);
        }
        return _images.Count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void Step(TorchNetwork network, optim.Optimizer optimizer, Tensor images, Tensor labels)
    {
        optimizer.zero_grad();
        nn.functional.cross_entropy(network.call(images), labels).backward();
        optimizer.step();
    }
}
