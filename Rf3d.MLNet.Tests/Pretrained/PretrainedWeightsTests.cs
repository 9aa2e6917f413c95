using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Pretrained;

/// <summary>The list of pretrained networks, and where their files are looked for.</summary>
[TestClass]
public sealed class PretrainedWeightsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void The_manifest_names_licences_sources_and_the_expected_statistics_of_images()
    {
        Assert.AreEqual("resnet18.mlnet_in1k", PretrainedWeights.Names[0]);
        foreach (var name in PretrainedWeights.Names)
        {
            var (entry, info) = (PretrainedManifest.Find(name)!, PretrainedWeights.Describe(name.ToUpperInvariant()));
            Assert.AreEqual(name, info.Name);
            Assert.Contains(info.License, new[] { "MIT", "BSD-3-Clause", "Apache-2.0" });
            Assert.Contains("ImageNet", info.DataTerms);
            Assert.HasCount(3, entry.Mean);
            Assert.HasCount(3, entry.Deviation);
            // The depths fit the architecture, which has as many stages.
            _ = ConvNetFactory.Create(entry.Architecture, entry.Size, entry.Size, 2).WithStageDepths(entry.Depths.AsSpan());
            Assert.AreEqual(entry.Package is null, entry.Files.All(file => file.Address is not null));
            Assert.AreEqual(info.IsVerified, entry.Package is not null, "Only hashes that were computed here are in the manifest.");
        }
    }

    [TestMethod]
    public void The_named_folder_comes_before_the_application_and_the_application_before_the_cache()
    {
        var entry = PretrainedManifest.Find("resnet18.mlnet_in1k")!;
        CollectionAssert.AreEqual(
            new[]
            {
                Path.Combine("named", "resnet18.mlnet_in1k", "ResNet18.onnx"), Path.Combine("named", "DnnImageModels/ResNet18Onnx/ResNet18.onnx"), Path.Combine("named", "ResNet18.onnx"),
                Path.Combine("app", "DnnImageModels/ResNet18Onnx/ResNet18.onnx"), Path.Combine("cache", "ResNet18.onnx"),
            },
            WeightsPlaces.Candidates(entry, "named", "app", "cache").ToArray());
        CollectionAssert.AreEqual(
            new[] { Path.Combine("cache", "model.safetensors") }, WeightsPlaces.Candidates(PretrainedManifest.Find("resnet18.a1_in1k")!, null, "app", "cache").ToArray());
    }

    [TestMethod]
    public void A_file_name_that_several_networks_have_is_looked_for_in_the_folder_of_a_network_alone()
    {
        CollectionAssert.AreEqual(
            new[] { Path.Combine("named", "resnet18.a1_in1k", "model.safetensors"), Path.Combine("cache", "model.safetensors") },
            WeightsPlaces.Candidates(PretrainedManifest.Find("resnet18.a1_in1k")!, "named", "app", "cache").ToArray());
        CollectionAssert.AreEqual(
            new[] { Path.Combine("named", "resnet18.tv_in1k", "resnet18-f37072fd.pth"), Path.Combine("named", "resnet18-f37072fd.pth"), Path.Combine("cache", "resnet18-f37072fd.pth") },
            WeightsPlaces.Candidates(PretrainedManifest.Find("resnet18.tv_in1k")!, "named", "app", "cache").ToArray());
    }

    [TestMethod]
    public void A_network_of_two_files_is_found_where_both_are()
    {
        var entry = PretrainedManifest.Find("resnet18.mlnet_in1k")!;
        File.WriteAllText(_folder.New("named", "ResNet18.onnx"), "");
        Assert.IsNull(Find());
        var part = FindPart()!;
        Assert.AreEqual((_folder["named", "ResNet18.onnx"], "ResNetPreprocess.onnx"), (part.Path, part.Missing.Name));
        var found = $"'{part.Path}' is the network of 'resnet18.mlnet_in1k', which also needs 'ResNetPreprocess.onnx'. It is not in the same folder.";
        var missing = PretrainedManifest.Missing(entry, part);
        Assert.StartsWith($"{found} Fetch them once", missing.Message);
        Assert.AreEqual("ResNetPreprocess.onnx", missing.FileName);
        Assert.Contains(found, PretrainedChoice.WithoutWeights(entry.Name, part));
        File.WriteAllText(_folder.New("cache", "ResNet18.onnx"), "");
        File.WriteAllText(_folder.New("cache", "ResNetPreprocess.onnx"), "");
        Assert.AreEqual(_folder["cache", "ResNet18.onnx"], Find());
        File.WriteAllText(_folder.New("ResNetPrepOnnx", "ResNetPreprocess.onnx"), "");
        Assert.AreEqual(_folder["named", "ResNet18.onnx"], Find());
        File.Delete(_folder["cache", "ResNet18.onnx"]);
        Assert.IsNull(FindPart());

        string? Find() => WeightsPlaces.Find(entry, _folder["named"], _folder["app"], _folder["cache"]);

        PartialWeights? FindPart() => WeightsPlaces.FindPart(entry, _folder["named"], _folder["app"], _folder["cache"]);
    }

    [TestMethod]
    public void The_environment_names_a_folder_or_a_mirror()
    {
        var before = Environment.GetEnvironmentVariable(WeightsPlaces.Variable);
        try
        {
            var file = _folder.New("resnet18.a1_in1k", "model.safetensors");
            File.WriteAllText(file, "");
            foreach (var named in new[] { _folder.Path, new Uri(_folder.Path).AbsoluteUri })
            {
                Environment.SetEnvironmentVariable(WeightsPlaces.Variable, named);
                Assert.AreEqual(file, PretrainedWeights.Find("resnet18.a1_in1k"));
                Assert.IsNull(WeightsPlaces.Mirror);
            }
            Environment.SetEnvironmentVariable(WeightsPlaces.Variable, "https://mirror.invalid/weights");
            Assert.IsNull(WeightsPlaces.Folder);
            Assert.AreEqual("https://mirror.invalid/weights", WeightsPlaces.Mirror!.AbsoluteUri);
        }
        finally
        {
            Environment.SetEnvironmentVariable(WeightsPlaces.Variable, before);
        }
    }
}
