using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.Fuzz;

/// <summary>Checkpoints of a training, by the folder that a training opens.</summary>
internal sealed class CheckpointKind : FuzzKind
{
    private const string FileName = "checkpoint-000001-000004.safetensors";

    public override string Name => "checkpoints";

    public override string Subject => "Checkpoints (`CheckpointStore.Open`; a success must have the intact file's figures and tensors)";

    public override IReadOnlyList<Type> Errors => [typeof(InvalidOperationException)];

    public override void WriteCorpus(string folder)
    {
        var random = new SplitMix64(7);
        var tensors = new Dictionary<string, SafeTensorEntry>();
        foreach (var (name, shape) in new[] { ("weights.stage1.weight", new long[] { 4, 3, 3, 3 }), ("optimizer.momentum", [4, 3, 3, 3]), ("order", [60]) })
        {
            var bytes = new byte[4 * shape.Aggregate(1L, (product, length) => product * length)];
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = (byte)random.Below(256);
            tensors[name] = new("F32", shape, bytes);
        }
        var progress = new TrainingProgress
        {
            Seed = 5, Epochs = [], Batch = 4, BestEpoch = 0, Reparameterization = false, StopReason = null, Elapsed = TimeSpan.FromSeconds(3), EpochElapsed = TimeSpan.FromSeconds(1),
        };
        using var file = File.Create(Path.Combine(folder, FileName));
        new Checkpoint(progress, new(new Dictionary<string, string> { ["Epoch"] = "4", ["LearningRate"] = "0.05" }, "{}", "here"), tensors).Write(file);
    }

    public override FuzzCheck Open(Corpus corpus, string folder) => new Check(corpus, folder);

    private sealed class Check : FuzzCheck
    {
        private readonly string _folder;
        private readonly string _expected;

        public Check(Corpus corpus, string folder)
        {
            _folder = Path.Combine(folder, "checkpoints");
            Directory.CreateDirectory(_folder);
            File.WriteAllBytes(Subject, corpus.Files[0].Content);
            _expected = Read();
        }

        public override string Subject => Path.Combine(_folder, FileName);

        public override string Run(FuzzInput input)
        {
            File.WriteAllBytes(Subject, input.Content);
            return Read() == _expected ? "the same checkpoint" : throw new WrongResultException("The checkpoint is not the intact one.");
        }

        private string Read()
        {
            using var store = CheckpointStore.Open(_folder, _ => { });
            var found = store.Found ?? throw new WrongResultException("The checkpoint was not found.");
            using var content = new MemoryStream();
            // In the order of names: that of the file's header is free.
            (found with { Tensors = found.Tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal).ToDictionary(tensor => tensor.Key, tensor => tensor.Value) }).Write(content);
            return Convert.ToBase64String(content.ToArray());
        }
    }
}
