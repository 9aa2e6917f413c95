namespace Rf3d.MLNet.Tests.Torchrun;

/// <summary>Python that imports the exported train.py.</summary>
internal static class TrainScript
{
    /// <summary>Runs a script.</summary>
    /// <param name="folder">Gets train.py; the first argument of the script.</param>
    /// <param name="script">The script.</param>
    /// <param name="arguments">Its further arguments.</param>
    /// <returns>The text that it prints, without blanks around it.</returns>
    public static string Run(TempFolder folder, string script, params string[] arguments)
    {
        File.WriteAllBytes(folder["train.py"], TorchrunFiles.Read("train.py"));
        var (exitCode, output, error) = Python.Run(["-c", script, folder.Path, .. arguments]);
        Assert.AreEqual(0, exitCode, error);
        return output.Trim();
    }

    /// <summary>Runs a script without arguments.</summary>
    public static string Run(string script)
    {
        using var folder = new TempFolder();
        return Run(folder, script);
    }
}
