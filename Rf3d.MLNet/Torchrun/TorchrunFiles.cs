namespace Rf3d.MLNet;

/// <summary>Names of the files in an exported folder, and those of them that are the same in each.</summary>
internal static class TorchrunFiles
{
    /// <summary>The plan; train.py reads its network.</summary>
    public const string Plan = "plan.json";

    /// <summary>Figures of the training, classes, columns.</summary>
    public const string Recipe = "recipe.json";

    /// <summary>The weights that training starts from.</summary>
    public const string Start = "init.safetensors";

    /// <summary>Images, and the logits that the initial weights give for them.</summary>
    public const string Check = "check.safetensors";

    /// <summary>The file that train.py writes at the end.</summary>
    public const string Trained = "trained.safetensors";

    public const string Readme = "README.md";

    private const string ResourcePrefix = "Rf3d.MLNet.Torchrun.";

    /// <summary>Files that are copied as they are, <see cref="Readme"/> aside.</summary>
    public static IReadOnlyList<string> Fixed { get; } = ["train.py", "requirements.txt", "Dockerfile", "trainjob.yaml"];

    public static byte[] Read(string name)
    {
        using var resource = typeof(TorchrunFiles).Assembly.GetManifestResourceStream(ResourcePrefix + name)
            ?? throw new InvalidOperationException($"The library lacks its own file '{name}'.");
        var content = new byte[resource.Length];
        resource.ReadExactly(content);
        return content;
    }
}
