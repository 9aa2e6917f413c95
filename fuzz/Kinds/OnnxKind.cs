using Rf3d.Datasets;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.Fuzz;

/// <summary>Networks as ONNX: read as a network alone, and with the weights as a pretrained one.</summary>
internal sealed class OnnxKind : FuzzKind
{
    public override string Name => "onnx";

    public override string Subject => "Networks, .onnx (`OnnxNetwork.Load`, and with their weights as `Pretrained`)";

    public override IReadOnlyList<Type> Errors => [typeof(FormatException)];

    public override void WriteCorpus(string folder)
    {
        Save("resnet.onnx", DrawnModels.Onnx(ConvNetFactory.Create(Architecture.ResNet18, 40, 40, 3, 0.0625).WithStageDepths(1, 1, 1, 1), 1));
        Save("mobilenet.onnx", DrawnModels.Onnx(ConvNetFactory.Create(Architecture.MobileNet, 32, 40, 3, 0.0625), 2));
        Save("blocks.onnx", DrawnModels.Onnx(
            new ConvNet
            {
                Name = "blocks",
                Input = new TensorShape(3, 21, 30),
                Classes = 4,
                Stem = new Stage { Blocks = [Block.Convolution(12, size: 5, stride: new Size2D(1, 2))], Pool = new AveragePool(3, 2, 1) },
                Stages = [Stage.Repeat(Block.DepthwiseRolling(12, 2, 0.5), 2), Stage.Repeat(Block.DepthwiseGrouped(24, 2, stride: 2), 2)],
                Head = new Head { HiddenLayers = [9] },
            },
            3));
        Save("norm.onnx", WithNorm());

        void Save(string name, byte[] content) => File.WriteAllBytes(Path.Combine(folder, name), content);
    }

    public override FuzzCheck Open(Corpus corpus, string folder) => new Check(folder);

    public override (byte[] Content, string Change)? Restructure(ref SplitMix64 random, CorpusFile file, Corpus corpus) => ChangedGraph.Of(ref random, file.Content);

    /// <summary>Batch normalisation that is not folded, as exporters write it in training mode, after a normalisation of the images.</summary>
    private static byte[] WithNorm()
    {
        var graph = new OnnxGraphBuilder("main_graph");
        var input = graph.AddInput("input", "batch", 3, 16, 16);
        graph.AddNode("Sub", [input, Constant("mean", 1, 3, 1, 1)], ["shifted"]);
        graph.AddNode("Conv", ["shifted", Constant("weight", 4, 3, 3, 3)], ["maps"], new OnnxAttribute("kernel_shape", [3L, 3]), new OnnxAttribute("pads", [1L, 1, 1, 1]));
        graph.AddNode(
            "BatchNormalization", ["maps", Constant("scale", 4), Constant("shift", 4), Constant("mean_of_maps", 4), Constant("variance", 4)], ["normed"], new OnnxAttribute("epsilon", 1e-3f));
        graph.AddNode("Relu", ["normed"], ["active"]);
        graph.AddNode("GlobalAveragePool", ["active"], ["means"]);
        graph.AddNode("Flatten", ["means"], ["features"], new OnnxAttribute("axis", 1));
        graph.AddNode("Gemm", ["features", Constant("matrix", 5, 4), Constant("bias", 5)], ["logits"], new OnnxAttribute("transB", 1));
        graph.AddOutput("logits", "batch", 5);
        return graph.Build();

        string Constant(string name, params long[] shape)
        {
            var values = new float[shape.Aggregate(1L, (product, length) => product * length)];
            for (var i = 0; i < values.Length; i++)
                values[i] = 0.5f + (0.01f * i);
            return graph.AddInitializer(name, shape, values);
        }
    }

    private sealed class Check(string folder) : FuzzCheck
    {
        private readonly string _path = Path.Combine(folder, "network.onnx");

        public override string Subject => _path;

        public override string Run(FuzzInput input)
        {
            File.WriteAllBytes(_path, input.Content);
            Exception? refusal = null;
            ConvNet? network = null;
            try
            {
                network = OnnxNetwork.Load(_path);
                // A network that was read has shapes and a cost.
                _ = network.GetCost();
            }
            catch (FormatException error)
            {
                refusal = error;
            }
            PretrainedReading.Require(PretrainedReader.Read(_path));
            return network is null ? $"weights alone; the network was refused: {refusal!.GetType().Name}" : "network and weights";
        }
    }
}
