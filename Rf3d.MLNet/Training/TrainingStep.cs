using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>One step of training, from the images' numbers to the changed weights.</summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly TorchNetwork _network;
    private readonly FusedOptimizer _optimizer;
    private readonly WeightAverage? _average;
    private readonly Augmenter _augmenter;
    private readonly TrainingSettings _settings;
    private readonly Tensor? _classWeights;
    private readonly StepGradients _gradients;

    /// <param name="network">The network that is trained.</param>
    /// <param name="optimizer">Changes the network's parameters.</param>
    /// <param name="average">Follows them; may be null.</param>
    /// <param name="augmenter">Makes the batches.</param>
    /// <param name="settings">How to train.</param>
    public TrainingStep(TorchNetwork network, FusedOptimizer optimizer, WeightAverage? average, Augmenter augmenter, TrainingSettings settings)
    {
        _network = network;
        _optimizer = optimizer;
        _average = average;
        _augmenter = augmenter;
        _settings = settings;
        _classWeights = settings.ClassWeights is { } weights ? tensor(weights).to(settings.Device).DetachFromDisposeScope() : null;
        _gradients = new StepGradients(network, optimizer, settings.StepForms);
    }

    /// <summary>Called after every step; null for none.</summary>
    public KeptMemory? Memory { private get; init; }

    /// <param name="indices">The images, as rows of their set.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="rate">The learning rate.</param>
    /// <returns>The mean loss, the logits and the labels that they are measured against, in the caller's scope.</returns>
    public (Tensor Loss, Tensor Logits, Tensor Labels) Run(Tensor indices, int epoch, double rate)
    {
        var batch = _augmenter.Make(indices, epoch);
        _gradients.Prepare();
        var logits = _network.call(batch.Images);
        var loss = nn.functional.cross_entropy(logits, batch.Targets ?? batch.Labels, _classWeights, label_smoothing: _settings.Recipe.LabelSmoothing);
        _gradients.Collect(loss);
        _optimizer.Step(rate, _settings.Recipe.MaxGradientNorm);
        _average?.Add();
        Memory?.AfterStep();
        return (loss, logits, batch.Labels);
    }

    public void Dispose()
    {
        _classWeights?.Dispose();
        _gradients.Dispose();
    }
}
