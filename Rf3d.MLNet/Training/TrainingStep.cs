using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>One step of training, from the images' numbers to the changed weights.</summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly TorchNetwork _network;
    private readonly optim.Optimizer _optimizer;
    private readonly WeightAverage? _average;
    private readonly Augmenter _augmenter;
    private readonly TrainingSettings _settings;
    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly Tensor? _classWeights;

    /// <param name="network">What learns.</param>
    /// <param name="optimizer">Changes the network's parameters.</param>
    /// <param name="average">Follows them; may be null.</param>
    /// <param name="augmenter">Makes the batches.</param>
    /// <param name="settings">How to train.</param>
    public TrainingStep(TorchNetwork network, optim.Optimizer optimizer, WeightAverage? average, Augmenter augmenter, TrainingSettings settings)
    {
        _network = network;
        _optimizer = optimizer;
        _average = average;
        _augmenter = augmenter;
        _settings = settings;
        _parameters = [.. network.parameters()];
        _classWeights = settings.ClassWeights is { } weights ? tensor(weights).to(settings.Device).DetachFromDisposeScope() : null;
    }

    /// <param name="indices">The images, as rows of their set.</param>
    /// <param name="rate">The learning rate.</param>
    /// <returns>The mean loss, the logits and the labels that they are measured against, in the caller's scope.</returns>
    public (Tensor Loss, Tensor Logits, Tensor Labels) Run(Tensor indices, double rate)
    {
        foreach (var group in _optimizer.ParamGroups)
            group.LearningRate = rate;
        var batch = _augmenter.Make(indices);
        var logits = _network.call(batch.Images);
        var loss = nn.functional.cross_entropy(logits, batch.Targets ?? batch.Labels, _classWeights, label_smoothing: _settings.LabelSmoothing);
        _network.zero_grad();
        loss.backward();
        if (_settings.MaxGradientNorm is { } norm)
            nn.utils.clip_grad_norm_(_parameters, norm);
        _optimizer.step();
        _average?.Add();
        return (loss, logits, batch.Labels);
    }

    public void Dispose() => _classWeights?.Dispose();
}
