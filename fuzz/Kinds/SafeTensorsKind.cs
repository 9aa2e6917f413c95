using Rf3d.MLNet;
using Rf3d.Planning;
using MemoryMarshal = System.Runtime.InteropServices.MemoryMarshal;

namespace Rf3d.Fuzz;

/// <summary>Weights as safetensors: as a pretrained network, and as the start of a training.</summary>
internal sealed class SafeTensorsKind : FuzzKind
{
    public override string Name => "safetensors";

    public override string Subject => "Weights, .safetensors (as `Pretrained` network, and as the weights that a training starts from)";

    public override IReadOnlyList<Type> Errors => [typeof(FormatException)];

    public override void WriteCorpus(string folder)
    {
        var layout = NetworkLayout.Of(ConvNetFactory.Create(Architecture.ResNet18, 32, 32, 3, 0.125).WithStageDepths(1, 1, 1, 1));
        var weights = DrawnModels.Weights(layout, 4);
        Write("resnet.safetensors", weights.Names.ToDictionary(
            name => name, name => new SafeTensorEntry("F32", weights[name].Shape, MemoryMarshal.AsBytes(weights[name].Values.AsSpan()).ToArray())));
        Write("types.safetensors", new()
        {
            ["weight"] = new("F32", [2, 3], new byte[24]),
            ["half"] = new("F16", [4], new byte[8]),
            ["double"] = new("F64", [1, 2], new byte[16]),
            ["empty"] = new("F32", [0, 5], []),
            ["count"] = new("I64", [], new byte[8]),
        });

        void Write(string name, Dictionary<string, SafeTensorEntry> tensors)
        {
            using var file = File.Create(Path.Combine(folder, name));
            new SafeTensors(new Dictionary<string, string> { ["format"] = "pt" }, tensors).Write(file);
        }
    }

    public override FuzzCheck Open(Corpus corpus, string folder) => new Check(folder);

    private sealed class Check(string folder) : FuzzCheck
    {
        private readonly string _path = Path.Combine(folder, "weights.safetensors");

        public override string Subject => _path;

        // These tensors are no network.
        public override bool MayRefuse(CorpusFile file) => file.Name == "types.safetensors";

        public override string Run(FuzzInput input)
        {
            File.WriteAllBytes(_path, input.Content);
            // Takes any tensors: a file that is refused here must be refused as a network, too.
            var start = WarmStartSource.Read(_path);
            foreach (var name in start.Weights.Names)
            {
                if (start.Weights[name].Shape.Aggregate(1L, (product, length) => product * length) != start.Weights[name].Values.Length)
                    throw new WrongResultException($"{name} has {start.Weights[name].Values.Length} numbers for {SafeTensorEntry.Describe(start.Weights[name].Shape)}.");
            }
            PretrainedReading.Require(PretrainedReader.Read(_path));
            return "weights of a network";
        }
    }
}
