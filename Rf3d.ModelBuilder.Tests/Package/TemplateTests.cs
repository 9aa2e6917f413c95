namespace Rf3d.ModelBuilder.Tests.Package;

/// <summary>The template for <c>dotnet new</c>: installed from its package, and its project created, built and run with the libraries from theirs.</summary>
[TestClass]
[TestCategory("Slow")]
public class TemplateTests
{
    [ClassInitialize]
    public static void Install(TestContext context) => PackedPackages.DotNet("new", "install", PackedPackages.File("Rf3d.Templates"));

    [TestMethod]
    public void A_created_project_has_the_libtorch_that_was_asked_for()
    {
        PackedPackages.DotNet("new", "rf3d-classifier", "--name", "Gpu", "--output", PackedPackages.Folder["Gpu"], "--torch", "cuda-linux", "--no-restore");
        var project = File.ReadAllText(PackedPackages.Folder["Gpu", "Gpu.csproj"]);
        Assert.Contains($"\"TorchSharp-cuda-linux\" Version=\"{PackageVersions.Of("TorchSharp-cuda-linux")}\"", project);
        Assert.DoesNotContain("\"TorchSharp-cpu\"", project);
    }

    [TestMethod]
    [DataRow("Pretrained", true, "auto")]
    [DataRow("Own-Network", false, "MobileNet")]
    public void A_created_project_trains_and_predicts(string name, bool pretrained, string architecture)
    {
        var folder = PackedPackages.Folder;
        PackedPackages.DotNet("new", "rf3d-classifier", "--name", name, "--output", folder[name], "--pretrained", pretrained ? "true" : "false", "--architecture", architecture, "--no-restore");
        var project = File.ReadAllText(folder[name, $"{name}.csproj"]);
        Assert.Contains($"\"Rf3d.MLNet\" Version=\"{PackedPackages.Version}\"", project);
        Assert.Contains($"\"TorchSharp-cpu\" Version=\"{PackageVersions.Of("TorchSharp-cpu")}\"", project);
        Assert.AreEqual(pretrained, project.Contains($"\"Microsoft.ML.DnnImageFeaturizer.ResNet18\" Version=\"{PackageVersions.Of("Microsoft.ML.DnnImageFeaturizer.ResNet18")}\"", StringComparison.Ordinal), project);
        Assert.IsFalse(File.Exists(folder[name, ".template.config", "template.json"]));

        // Libraries stay in NuGet's folders, where the host looks for them: a copy of libtorch would be 400 MB.
        PackedPackages.DotNet("build", folder[name], "-c", "Release", "--nologo", "-v", "q", "-warnaserror", "-p:CopyLocalLockFileAssemblies=false", "-p:GenerateRuntimeConfigDevFile=true");
        var program = folder[name, "bin", "Release", "net10.0", $"{name}.dll"];
        var (data, model) = (Images.Dataset(folder[name, "data"], 10), folder[name, "model.zip"]);
        // So few images are trained on for 200 epochs.
        var trained = Tool.Start("dotnet", [program, "train", data, model], environment: PackedPackages.Isolated, minutes: 10).Must(0);
        Assert.Contains(architecture == "auto" ? "ResNet18Slim" : architecture, trained.Output);
        Assert.Contains("Validation accuracy", trained.Output);
        Tool.Start("dotnet", [program, "train", data, folder[name, "none", "model.zip"]], environment: PackedPackages.Isolated).Must(1);
        var predicted = Tool.Start("dotnet", [program, "predict", model, Path.Combine(data, "red", "000.png"), folder[name, "none.png"]], environment: PackedPackages.Isolated).Must(1);
        Assert.Contains("000.png: ", predicted.Output);
        Assert.Contains("none.png: ", predicted.Error);
        Tool.Start("dotnet", [program, "predict"], environment: PackedPackages.Isolated).Must(2);
    }
}
