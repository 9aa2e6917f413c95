namespace Rf3d.ModelBuilder.Tests.Commands;

/// <summary>Cancelled commands that have nothing to keep write nothing.</summary>
[TestClass]
public class CancellationTests
{
    [TestMethod]
    public void A_cancelled_command_has_its_exit_code_and_writes_nothing()
    {
        using var folder = new TempFolder();
        using var end = new CancellationTokenSource();
        end.Cancel();
        File.Copy(GeneratedApplication.Model, folder["model.zip"]);
        var before = File.ReadAllBytes(folder["model.zip"]);
        string[][] commands =
        [
            ["plan", "--architecture", "mobilenet"],
            ["doctor", "--output", folder.Path],
            ["threshold", folder["model.zip"], "--min-confidence", "0.5"],
            ["export", folder["model.zip"], "--onnx", folder["model.onnx"]],
            ["export", folder["model.zip"], "--target", "onnx", "--name", "Colours", "--output", folder.Path],
            ["export", folder["model.zip"], "--torchrun", folder["run1"]],
            ["export", "--torchrun", folder["run2"], "--dataset", GeneratedApplication.Dataset],
        ];
        foreach (var command in commands)
        {
            var result = Tool.Run(end.Token, command).Must(ExitCode.Cancelled);
            Assert.AreEqual("", result.Output);
            Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Path), string.Join(' ', command));
        }
        CollectionAssert.AreEqual(before, File.ReadAllBytes(folder["model.zip"]));
    }
}
