using Microsoft.ML;
using Rf3d.MLNet.Tests.Estimator;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Torchrun;

/// <summary>An exported training of a small network, in a folder for one test.</summary>
internal sealed class ExportedFolder : IDisposable
{
    public static readonly string[] Classes = ["blue", "green", "red"];

    private readonly TempFolder _folder = new();

    public ExportedFolder(Action<Rf3dImageClassificationTrainer.Options>? change = null)
    {
        var options = Options;
        change?.Invoke(options);
        TorchrunExport.Write(new MLContext(1), Plan, Classes, options, Path);
    }

    public static NetworkPlan Plan => NetworkPlan.Create(SmallTask.Network with { Classes = 3 }, new OrganizerOptions(), Decomposition.Parse("dw+rpw-g2-o50") with { Rule = ReplacementRuleMode.Ignored });

    public static Rf3dImageClassificationTrainer.Options Options => new() { Epoch = 3, BatchSize = 12, Seed = 7 };

    public string Path => _folder["run"];

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Replace(string name, string old, string with)
    {
        var text = File.ReadAllText(this[name]);
        Assert.Contains(old, text);
        File.WriteAllText(this[name], text.Replace(old, with, StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();
}
