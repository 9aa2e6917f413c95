using Rf3d.Planning;
using TorchSharp;

namespace Rf3d.MLNet.Tests.Planning.Golden;

/// <summary>The plans, networks and scores of the golden files.</summary>
internal static class GoldenCases
{
    public static IEnumerable<(string Name, Func<NetworkPlan> Plan)> Plans()
    {
        foreach (var architecture in Enum.GetValues<Architecture>())
            yield return ($"{architecture} 32", () => NetworkPlan.Create(ConvNetFactory.Create(architecture, 32, 32, 10), new OrganizerOptions(), Decomposition.Auto));
        yield return ("Vgg16 32 unclamped", () => NetworkPlan.Create(
            ConvNetFactory.Create(Architecture.Vgg16, 32, 32, 10), new OrganizerOptions { ReceptiveField = new() { Clamping = ReceptiveFieldClamping.Unclamped } }));
        yield return ("ResNet50 224 within a budget", () => NetworkPlan.Create(
            ConvNetFactory.Create(Architecture.ResNet50, 224, 224, 1000), new OrganizerOptions { MaxMacs = 3_000_000_000, MaxParameters = 20_000_000 }));
        yield return ("Vgg16 32 grouped, preferred", () => NetworkPlan.Create(
            ConvNetFactory.Create(Architecture.Vgg16, 32, 32, 100), OrganizerOptions.Off, Decomposition.DepthwiseGrouped(4) with { Rule = ReplacementRuleMode.Preferred }));
        yield return ("Vgg11 48x32 rolling, ignored", () => NetworkPlan.Create(
            ConvNetFactory.Create(Architecture.Vgg11, 48, 32, 10), new OrganizerOptions { Threshold = 0.5 }, Decomposition.DepthwiseRolling(4, 0.25) with { Rule = ReplacementRuleMode.Ignored }));
    }

    /// <summary>Networks with every kind of kernel, small enough to score in a moment.</summary>
    public static IEnumerable<(string Name, ConvNet Network)> Networks()
    {
        yield return ("residual", new ConvNet
        {
            Name = "residual",
            Input = new TensorShape(3, 17, 23),
            Classes = 4,
            Stem = new Stage { Blocks = [Block.Convolution(8, size: new Size2D(1, 7), stride: new Size2D(1, 2))], Pool = new MaxPool(3, 2, 1) },
            Stages = [Stage.Repeat(Block.Basic(8), 2), Stage.Repeat(Block.Bottleneck(4, stride: 2), 2)],
        });
        yield return ("factorized", new ConvNet
        {
            Name = "factorized",
            Input = new TensorShape(3, 16, 16),
            Classes = 5,
            Stages =
            [
                Stage.Repeat(Block.Convolution(8, dilation: 2), 1, new AveragePool(2, 2)),
                Stage.Repeat(Block.DepthwiseSeparable(12), 2),
                Stage.Repeat(Block.DepthwiseGrouped(12, 2, stride: 2), 2),
                Stage.Repeat(Block.DepthwiseRolling(12, 2, 0.5), 2),
            ],
            Head = new Head { Pooling = HeadPooling.Flatten, HiddenLayers = [6] },
        });
    }

    /// <summary>Scores of a network whose weights are made of their places: the n-th value of the m-th tensor.</summary>
    public static (string[] Weights, float[] Logits) Score(ConvNet network)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var generator = new torch.Generator(1);
        using var module = new TorchNetwork(NetworkLayout.Of(network), generator);
        module.eval();
        var (table, names) = (module.Export(), new List<string>());
        var number = 0;
        foreach (var name in module.Weights().Select(weight => weight.Name).ToList())
        {
            var values = new float[table[name].Values.Length];
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)((0.2 * Math.Sin((1.7 * i) + number)) + (name.EndsWith(".scale", StringComparison.Ordinal) || name.EndsWith(".variance", StringComparison.Ordinal) ? 1 : 0));
            table[name] = new WeightTensor(table[name].Shape, values);
            names.Add(name);
            number++;
        }
        module.Import(table);
        float[] pixels = [.. Enumerable.Range(0, (int)network.Input.Volume).Select(i => (float)Math.Sin(0.37 * i))];
        var images = torch.tensor(pixels).view(1, network.Input.Channels, network.Input.Height, network.Input.Width);
        return ([.. names], [.. module.call(images).data<float>()]);
    }
}
