using Rf3d.MLNet;
using Rf3d.MLNet.Tests.Torch;
using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.Benchmarks;

/// <summary>The rivals of one case, all on the same input. Pointwise, grouped and rolling kernels run in the product's own module.</summary>
internal sealed class RpwRivals : IDisposable
{
    public const string Pointwise = "PW";
    public const string Grouped = "GPW";
    public const string Rolling = "RPW";
    public const string Dense = "dense";
    public const string Halves = "halves";
    public const string Stack = "stack";

    private readonly RpwCase _case;
    private readonly DisposeScope _tensors = NewDisposeScope();
    private readonly List<IDisposable> _modules = [];
    private readonly Tensor _input;
    private readonly Tensor _gradient;

    public RpwRivals(RpwCase place, bool withStack)
    {
        _case = place;
        var shape = place.Shape;
        using var generator = new Generator(1);
        _input = Images();
        _input.requires_grad = place.Pass == RpwPass.Training;
        _gradient = Images();

        var pointwise = Module(new Convolution { Filters = shape.Channels, Size = 1, BatchNorm = false, Activation = Activation.None });
        var grouped = Module(new Convolution { Filters = shape.Channels, Size = 1, Groups = shape.Groups, BatchNorm = false, Activation = Activation.None });
        var rolling = Module(shape.Layer);
        var weight = rolling.WeightParameter;
        var forms = new RollingPointwise(shape.Windows, shape.Channels);
        _modules.Add(forms);
        All =
        [
            Rival(Pointwise, pointwise.WeightParameter, () => pointwise.forward(_input)),
            Rival(Grouped, grouped.WeightParameter, () => grouped.forward(_input)),
            Rival(Rolling, weight, () => rolling.forward(_input)),
            Rival(Dense, weight, () => forms.Dense(_input, weight, null)),
        ];
        if (shape.HasHalves)
            All = [.. All, Rival(Halves, weight, () => forms.Halves(_input, weight, null))];
        if (withStack)
            All = [.. All, Rival(Stack, weight, () => ChannelStack.Convolve(shape.Windows, _input, weight, null))];

        Tensor Images()
        {
            var side = shape.Spatial;
            return place.ChannelsLast
                ? randn([shape.Batch, side, side, shape.Channels], generator: generator).permute(0, 3, 1, 2)
                : randn([shape.Batch, shape.Channels, side, side], generator: generator);
        }

        ConvLayerModule Module(ConvLayer layer)
        {
            var module = new ConvLayerModule(new LayerNode(layer.GetType().Name, layer, shape.Tensor, shape.Tensor), generator);
            if (place.ChannelsLast)
                module.UseChannelsLast();
            _modules.Add(module);
            return module;
        }
    }

    public IReadOnlyList<Rival> All { get; }

    public void Dispose()
    {
        _modules.ForEach(module => module.Dispose());
        _tensors.Dispose();
    }

    private Rival Rival(string name, Tensor weight, Func<Tensor> forward)
    {
        return new(name, _case.Pass == RpwPass.Training ? Train : Predict);

        void Train()
        {
            using var scope = NewDisposeScope();
            forward().backward([_gradient]);
            _input.grad = weight.grad = null;
        }

        void Predict()
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            forward();
        }
    }
}
