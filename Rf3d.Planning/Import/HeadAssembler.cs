namespace Rf3d.Planning;

/// <summary>The second half of <see cref="NetworkAssembler"/>: from the last feature maps to the classes.</summary>
internal sealed class HeadAssembler
{
    private readonly List<LinearLayer> _linears = [];
    private HeadPooling _pooling;
    private bool _isVector;
    private long _features;
    private string _lastLayer = "";
    private (string Layer, double Share) _featureDropout;

    /// <summary>Whether a layer of the head has come.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether global average pooling came last, so that each map is one value but not yet part of a vector.</summary>
    public bool IsAveraged => HasBegun && !_isVector;

    /// <summary>Length of the vector; 0 before there is one.</summary>
    public long Features => _isVector ? _features : 0;

    public void AddGlobalAverage(string layer)
    {
        if (HasBegun)
            throw NetworkImportException.At(layer, "comes after the feature maps were pooled or became a vector");
        Begin(layer, HeadPooling.GlobalAverage);
    }

    public void AddFlatten(string layer, TensorShape maps)
    {
        if (_isVector)
            return;
        if (!HasBegun)
            Begin(layer, HeadPooling.Flatten);
        _lastLayer = layer;
        BecomeVector(layer, maps);
    }

    public void AddVector(string layer, long features, TensorShape maps)
    {
        if (_isVector)
            return;
        if (!HasBegun)
        {
            if (features != maps.Channels && features != maps.Volume)
            {
                throw NetworkImportException.At(
                    layer, $"takes {features} values; the feature maps before it, {maps}, have {maps.Channels} as means of their channels or {maps.Volume} in a row");
            }
            Begin(layer, features == maps.Channels ? HeadPooling.GlobalAverage : HeadPooling.Flatten);
        }
        BecomeVector(layer, maps);
    }

    public void AddLinear(string layer, long inputs, long outputs, bool hasBias)
    {
        if (!_isVector)
            throw NetworkImportException.At(layer, "gets feature maps; a linear layer needs a vector, so flatten them first");
        if (!hasBias)
            throw NetworkImportException.At(layer, "has no bias; linear layers with a bias are supported");
        if (inputs != _features)
            throw NetworkImportException.At(layer, $"takes {inputs} values and gets {_features}");
        if (_linears is [.., { IsRelu: false } before])
            throw NetworkImportException.At(layer, $"follows {before.Name} without a ReLU between them; hidden linear layers are followed by ReLU");
        _linears.Add(new LinearLayer(layer, ImportedNumber.Count(layer, "number of outputs", outputs)));
        _features = outputs;
        _lastLayer = layer;
    }

    public void AddActivation(string layer, Activation activation)
    {
        if (_linears is not [.., { IsRelu: false, Dropout: 0 } linear] || activation != Activation.Relu)
            throw NetworkImportException.At(layer, "is not supported here; after the feature maps, ReLU directly after a hidden linear layer is");
        _linears[^1] = linear with { IsRelu = true };
        _lastLayer = layer;
    }

    public void AddDropout(string layer, double share)
    {
        if (share == 0)
            return;
        if (share is not (> 0 and < 1))
            throw NetworkImportException.At(layer, FormattableString.Invariant($"drops a share of {share} of the values; below 1 is supported"));
        if (HasBegun && _linears.Count == 0 && _featureDropout.Share == 0)
            _featureDropout = (layer, share);
        else if (_linears is [.., { IsRelu: true, Dropout: 0 } linear])
            _linears[^1] = linear with { Dropout = share };
        else
            throw NetworkImportException.At(layer, "drops values where dropout is not supported; it is supported before the only linear layer and after the ReLU of a hidden one");
        _lastLayer = layer;
    }

    /// <summary>Head and number of classes; null and 0 where no layer of a head came.</summary>
    public (Head? Head, int Classes) Build()
    {
        if (!HasBegun)
            return (null, 0);
        if (_linears.Count == 0)
        {
            throw NetworkImportException.At(
                _lastLayer, "is followed by no linear layer. A network ends with feature maps, or with a linear layer to the classes");
        }
        if (_linears[^1].IsRelu)
        {
            throw NetworkImportException.At(
                _lastLayer, $"comes after the last linear layer, {_linears[^1].Name}, whose outputs are the classes' and go to the loss as they are");
        }
        var hidden = _linears.SkipLast(1).ToList();
        if (hidden.Count > 0 && _featureDropout.Share > 0)
            throw NetworkImportException.At(_featureDropout.Layer, "drops values before a hidden linear layer; dropout is supported after the ReLU of hidden layers, or before the only linear layer");
        foreach (var layer in hidden.Where(layer => layer.Dropout != hidden[0].Dropout))
        {
            throw NetworkImportException.At(
                layer.Name, FormattableString.Invariant($"is followed by a dropout of {layer.Dropout} and {hidden[0].Name} by one of {hidden[0].Dropout}; one share for all hidden linear layers is supported"));
        }
        var head = new Head
        {
            Pooling = _pooling,
            HiddenLayers = [.. hidden.Select(layer => layer.Outputs)],
            Dropout = hidden.Count > 0 ? hidden[0].Dropout : _featureDropout.Share,
        };
        return (head, _linears[^1].Outputs);
    }

    private void BecomeVector(string layer, TensorShape maps)
    {
        if (_pooling == HeadPooling.Flatten && maps.Volume > int.MaxValue)
            throw NetworkImportException.At(layer, $"makes a vector of {maps.Volume} values, more than {int.MaxValue}");
        _features = _pooling == HeadPooling.GlobalAverage ? maps.Channels : maps.Volume;
        _isVector = true;
    }

    private void Begin(string layer, HeadPooling pooling)
    {
        _pooling = pooling;
        HasBegun = true;
        _lastLayer = layer;
    }

    private sealed record LinearLayer(string Name, int Outputs, bool IsRelu = false, double Dropout = 0);
}
