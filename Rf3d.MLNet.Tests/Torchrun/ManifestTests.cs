using Rf3d.MLNet.Tests.Project;
using YamlDotNet.RepresentationModel;

namespace Rf3d.MLNet.Tests.Torchrun;

/// <summary>The form of manifests for clusters: there is no cluster to run them on.</summary>
[TestClass]
public class ManifestTests
{
    [TestMethod]
    public void The_training_job_runs_train_py_on_its_runtime()
    {
        var documents = Parse(TorchrunText("trainjob.yaml"));
        Assert.HasCount(2, documents);
        var (runtime, job) = (documents[0], documents[1]);
        foreach (var (document, kind) in new[] { (runtime, "TrainingRuntime"), (job, "TrainJob") })
            Assert.AreEqual(("trainer.kubeflow.org/v1alpha1", kind), (Text(document, "apiVersion"), Text(document, "kind")));
        Assert.AreEqual(Text(runtime, "metadata", "name"), Text(job, "spec", "runtimeRef", "name"));
        Assert.AreEqual("TrainingRuntime", Text(job, "spec", "runtimeRef", "kind"));
        Assert.AreEqual(Text(runtime, "spec", "mlPolicy", "numNodes"), Text(job, "spec", "trainer", "numNodes"));

        var node = Items(At(runtime, "spec", "template", "spec", "replicatedJobs")).Single();
        Assert.AreEqual("trainer", Text(node, "template", "metadata", "labels", "trainer.kubeflow.org/trainjob-ancestor-step"));
        var pod = At(node, "template", "spec", "template", "spec");
        AssertVolumes(pod);
        Assert.AreEqual(Text(Items(At(pod, "containers")).Single(), "image"), Text(job, "spec", "trainer", "image"));
        Assert.Contains("train.py", Texts(At(job, "spec", "trainer", "command")));
        CollectionAssert.AreEqual(new[] { "--data=/data", "--output=/output" }, Texts(At(job, "spec", "trainer", "args")));
        AssertOptionsExist(Texts(At(job, "spec", "trainer", "args")));
    }

    [TestMethod]
    public void The_prediction_job_has_a_part_of_the_images_for_each_index()
    {
        var job = Parse(File.ReadAllText(RepositoryRoot.Combine("docs", "predict-job.yaml"))).Single();
        Assert.AreEqual(("batch/v1", "Job", "Indexed"), (Text(job, "apiVersion"), Text(job, "kind"), Text(job, "spec", "completionMode")));
        var pod = At(job, "spec", "template", "spec");
        AssertVolumes(pod);
        // With limits for each index, pods must not restart by themselves.
        Assert.AreEqual("Never", Text(pod, "restartPolicy"));
        var container = Items(At(pod, "containers")).Single();
        var shards = Items(At(container, "env")).Single(variable => Text(variable, "name") == "RF3D_SHARDS");
        Assert.AreEqual(Text(job, "spec", "completions"), Text(shards, "value"));
        Assert.Contains("--shard \"$JOB_COMPLETION_INDEX/$RF3D_SHARDS\"", Texts(At(container, "command"))[^1]);
    }

    [TestMethod]
    public void The_image_has_the_files_that_train_py_reads()
    {
        var lines = TorchrunText("Dockerfile").Split('\n');
        var copied = lines.Where(line => line.StartsWith("COPY ", StringComparison.Ordinal)).SelectMany(line => line.Split(' ')[1..^1]).ToList();
        using var folder = new ExportedFolder();
        foreach (var name in new[] { "train.py", "plan.json", "recipe.json", "init.safetensors", "check.safetensors", "requirements.txt" })
        {
            Assert.Contains(name, copied);
            Assert.IsTrue(File.Exists(folder[name]), name);
        }
        Assert.IsTrue(lines.Any(line => line.StartsWith("FROM pytorch/pytorch:", StringComparison.Ordinal)));
        AssertOptionsExist([.. lines.Single(line => line.StartsWith("CMD ", StringComparison.Ordinal)).Split('"').SkipWhile(word => word != "train.py").Where(word => word.StartsWith("--", StringComparison.Ordinal))]);
    }

    private static void AssertOptionsExist(IEnumerable<string> arguments)
    {
        var script = TorchrunText("train.py");
        foreach (var argument in arguments)
            Assert.Contains($"add_argument(\"{argument.Split('=')[0]}\"", script);
    }

    private static void AssertVolumes(YamlNode pod)
    {
        var volumes = Items(At(pod, "volumes")).Select(volume => Text(volume, "name")).ToList();
        var mounts = Items(At(pod, "containers")).SelectMany(container => Items(At(container, "volumeMounts"))).Select(mount => Text(mount, "name")).ToList();
        CollectionAssert.AreEquivalent(volumes, mounts);
    }

    private static string TorchrunText(string name) => System.Text.Encoding.UTF8.GetString(TorchrunFiles.Read(name));

    private static List<YamlNode> Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(document => document.RootNode)];
    }

    private static YamlNode At(YamlNode node, params string[] path) => path.Aggregate(node, (inner, name) => inner[name]);

    private static string Text(YamlNode node, params string[] path) => ((YamlScalarNode)At(node, path)).Value!;

    private static List<YamlNode> Items(YamlNode node) => [.. ((YamlSequenceNode)node).Children];

    private static List<string> Texts(YamlNode node) => [.. Items(node).Select(item => Text(item))];
}
