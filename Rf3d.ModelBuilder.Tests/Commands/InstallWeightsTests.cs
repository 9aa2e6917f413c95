using System.Text.Json;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder.Tests.Commands;

[TestClass]
public sealed class InstallWeightsTests : IDisposable
{
    private const string NotVerified = "resnet18.tv_in1k";
    private const string FileName = "resnet18-f37072fd.pth";

    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, string?> _before = [];

    public InstallWeightsTests()
    {
        Set("XDG_DATA_HOME", _folder["data"]);
        Set("RF3D_WEIGHTS", null);
    }

    private string Installed => _folder["data", "rf3d", "weights", NotVerified, FileName];

    public void Dispose()
    {
        foreach (var (name, value) in _before)
            Environment.SetEnvironmentVariable(name, value);
        _folder.Dispose();
    }

    private void Set(string name, string? value)
    {
        _before.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }

    private string Mirror(string name = NotVerified, string file = FileName)
    {
        File.WriteAllText(_folder.New("a mirror", name, file), "weights");
        return _folder["a mirror"];
    }

    [TestMethod]
    public void The_list_has_names_licences_terms_and_where_they_are()
    {
        Set("RF3D_WEIGHTS", Mirror());
        var text = Tool.Run("install-weights", "--list").Must(0).Output;
        foreach (var expected in new[] { "resnet18.mlnet_in1k", "BSD-3-Clause", "not verified", "non-commercial research" })
            Assert.Contains(expected, text);

        using var json = JsonDocument.Parse(Tool.Run("install-weights", "--list", "--json").Must(0).Output);
        var rows = json.RootElement.EnumerateArray().ToDictionary(row => row.GetProperty("name").GetString()!);
        CollectionAssert.AreEquivalent(PretrainedWeights.Names.ToList(), rows.Keys);
        Assert.AreEqual(Path.Combine(_folder["a mirror"], NotVerified, FileName), rows[NotVerified].GetProperty("path").GetString());
        Assert.IsTrue(rows[NotVerified].GetProperty("isInstalled").GetBoolean());
        Assert.IsFalse(rows[NotVerified].GetProperty("isVerified").GetBoolean());
        Assert.IsFalse(rows["resnet50.a1_in1k"].GetProperty("isInstalled").GetBoolean());
        Assert.Contains("ImageNet", rows["resnet50.a1_in1k"].GetProperty("dataTerms").GetString()!);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void Weights_come_from_a_folder_and_doctor_finds_them()
    {
        // In a process of its own: beside these tests are the weights of ML.NET's package.
        var before = Tool.Start(
            "dotnet", ["exec", "--runtimeconfig", Path.ChangeExtension(Tool.Assembly, ".runtimeconfig.json"), Tool.Assembly, "doctor", "--output", _folder.Path],
            environment: new() { ["XDG_DATA_HOME"] = _folder["empty"], ["RF3D_WEIGHTS"] = "" }).Must(0).Output;
        Assert.Contains("rf3d install-weights resnet18.mlnet_in1k", before);

        var result = Tool.Run("install-weights", NotVerified.ToUpperInvariant(), "--mirror", Mirror(), "--accept-hash", "any").Must(0);
        Assert.Contains($"{NotVerified} is at {Installed}.", result.Output);
        Assert.Contains("BSD-3-Clause", result.Output);
        Assert.AreEqual("weights", File.ReadAllText(Installed));
        Assert.Contains(Installed, Tool.Run("doctor", "--output", _folder.Path, "--json").Must(0).Output);

        using var json = JsonDocument.Parse(Tool.Run("install-weights", NotVerified, "--json").Must(0).Output);
        Assert.AreEqual(Installed, json.RootElement.GetProperty("path").GetString());
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void A_network_that_is_not_verified_needs_a_hash_and_another_hash_is_refused()
    {
        var error = Tool.Run("install-weights", NotVerified, "--mirror", Mirror()).Must(1).Error;
        Assert.Contains("--accept-hash any", error);
        error = Tool.Run("install-weights", NotVerified, "--mirror", Mirror(), "--accept-hash", new string('a', 64)).Must(1).Error;
        Assert.Contains($"instead of {new string('a', 64)}", error);
        Assert.IsFalse(File.Exists(Installed));
        // The hash of a verified one is not the user's to accept.
        error = Tool.Run("install-weights", "resnet18.mlnet_in1k", "--mirror", Mirror("resnet18.mlnet_in1k", "ResNet18.onnx"), "--accept-hash", "any").Must(1).Error;
        Assert.Contains("e2552f19db2dfdb0", error);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void A_mirror_without_the_file_is_named_and_a_cancelled_download_leaves_nothing()
    {
        var error = Tool.Run("install-weights", "resnet50.tv_in1k", "--mirror", Mirror(), "--accept-hash", "any").Must(1).Error;
        foreach (var expected in new[] { "resnet50.tv_in1k", "cannot be fetched from file://", "RF3D_WEIGHTS" })
            Assert.Contains(expected, error);
        var cancelled = Tool.Run(new CancellationToken(canceled: true), "install-weights", "resnet50.tv_in1k", "--mirror", "https://nowhere.invalid", "--accept-hash", "any");
        cancelled.Must(130);
    }

    [TestMethod]
    [DataRow("either the NAME of a network, or --list")]
    [DataRow("either the NAME of a network, or --list", "resnet18.tv_in1k", "--list")]
    [DataRow("Known names: resnet18.mlnet_in1k", "resnet19")]
    [DataRow("64 hexadecimal digits, or 'any'", "resnet18.tv_in1k", "--accept-hash", "abc")]
    [DataRow("http:// or https://, or a folder", "resnet18.tv_in1k", "--mirror", "ftp://mirror")]
    public void The_error_for_a_wrong_command_line_names_the_expected_values(string expected, params string[] arguments) =>
        Assert.Contains(expected, Tool.Run(["install-weights", .. arguments]).Must(2).Error);

    [TestMethod]
    public void Progress_is_a_line_for_every_ten_megabytes_where_the_output_is_a_file()
    {
        using var output = new StringWriter();
        using (var progress = new DownloadProgressLine(output, isTerminal: false))
        {
            foreach (var bytes in new[] { 9_999_999L, 10_000_000, 15_000_000, 21_000_000, 500, 12_000_000 })
                progress.Report(bytes);
        }
        Assert.AreEqual("10.0 MB received\n21.0 MB received\n12.0 MB received\n", output.ToString().ReplaceLineEndings("\n"));
    }
}
