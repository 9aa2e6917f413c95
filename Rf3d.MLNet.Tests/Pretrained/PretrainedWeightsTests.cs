using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Rf3d.MLNet.Tests.Datasets;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Pretrained;

[TestClass]
public sealed class PretrainedWeightsTests : IDisposable
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static PretrainedEntry Entry(PretrainedPackage? package = null, params PretrainedFile[] files) => new()
    {
        Name = "net.tag", Description = "", Revision = "1", Architecture = Architecture.ResNet18, Depths = [1], License = "MIT",
        Mean = [0, 0, 0], Deviation = [1, 1, 1], Size = 8, CropShare = 1, Files = [.. files], Package = package,
    };

    private WeightsInstaller Installer(PretrainedEntry entry, Uri? mirror = null, string? accept = null, HttpClient? client = null) =>
        new(entry, _folder["cache"], new() { Mirror = mirror, AcceptHash = accept, HttpClient = client });

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

    [TestMethod]
    public async Task A_file_comes_from_a_mirror_and_is_not_fetched_again()
    {
        using var server = new FileServer(Content);
        var entry = Entry(files: new PretrainedFile("some/net.onnx", Content.Length, Hash(Content)));
        // Left by a process that was killed.
        File.WriteAllText(_folder.New("cache", "0123456789abcdef.part"), "unfinished");
        var path = await Installer(entry, server.Address).RunAsync(CancellationToken.None);
        Assert.AreEqual(_folder["cache", "net.onnx"], path);
        CollectionAssert.AreEqual(Content, File.ReadAllBytes(path));
        Assert.Contains("/data/net.tag/net.onnx", server.Requests.Single());
        await Installer(entry, server.Address).RunAsync(CancellationToken.None);
        Assert.HasCount(1, server.Requests);
        AssertNothingLeft("net.onnx");
    }

    [TestMethod]
    public async Task A_package_is_unpacked_and_each_file_verified()
    {
        using var package = new MemoryStream();
        using (var zip = new ZipArchive(package, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var name in new[] { "tools/a/one.onnx", "tools/b/two.onnx" })
            {
                using var stream = zip.CreateEntry(name).Open();
                stream.Write(Encoding.UTF8.GetBytes(name));
            }
        }
        using var client = new HttpClient(new Answer(package.ToArray()));
        var known = new PretrainedPackage("Some.Package.Of.Tests", "1.2.3", "tools");
        var entry = Entry(known, File("a/one.onnx"), File("b/two.onnx"));
        await Installer(entry, client: client).RunAsync(CancellationToken.None);
        AssertNothingLeft("one.onnx", "two.onnx");

        var missing = await Assert.ThrowsExactlyAsync<InvalidDataException>(() => Installer(Entry(known, File("c/three.onnx")), client: client).RunAsync(CancellationToken.None));
        Assert.Contains("The package Some.Package.Of.Tests 1.2.3 has no file 'tools/c/three.onnx'", missing.Message);
        Assert.AreEqual("https://api.nuget.org/v3-flatcontainer/some.package.of.tests/1.2.3/some.package.of.tests.1.2.3.nupkg", known.Address.AbsoluteUri);

        static PretrainedFile File(string path) => new(path, null, Hash(Encoding.UTF8.GetBytes("tools/" + path)));
    }

    [TestMethod]
    public async Task A_mirror_may_be_a_folder_of_files_that_may_only_be_read()
    {
        var source = _folder.New("mirror", "net.tag", "net.onnx");
        File.WriteAllBytes(source, Content);
        File.SetAttributes(source, FileAttributes.ReadOnly);
        try
        {
            var entry = Entry(files: new PretrainedFile("net.onnx", Content.Length, Hash(Content)));
            var path = await Installer(entry, new Uri(_folder["mirror"])).RunAsync(CancellationToken.None);
            CollectionAssert.AreEqual(Content, File.ReadAllBytes(path));
            AssertMayBeReplaced(path);
            AssertNothingLeft("net.onnx");
        }
        finally
        {
            // Windows deletes no others.
            File.SetAttributes(source, FileAttributes.Normal);
        }
    }

    [TestMethod]
    public async Task Files_of_a_package_that_may_only_be_read_are_unpacked()
    {
        using var package = new MemoryStream();
        using (var zip = new ZipArchive(package, ZipArchiveMode.Create, leaveOpen: true))
        {
            var packed = zip.CreateEntry("tools/net.onnx");
            // A read-only file: a .zip keeps the permissions of Unix.
            packed.ExternalAttributes = Convert.ToInt32("100444", 8) << 16;
            using var stream = packed.Open();
            stream.Write(Content);
        }
        using var client = new HttpClient(new Answer(package.ToArray()));
        var entry = Entry(new PretrainedPackage("Some.Package.Of.Tests", "1.2.3", "tools"), new PretrainedFile("net.onnx", null, Hash(Content)));
        AssertMayBeReplaced(await Installer(entry, client: client).RunAsync(CancellationToken.None));
        AssertNothingLeft("net.onnx");
    }

    [TestMethod]
    public async Task Another_file_than_the_one_that_is_known_is_refused_and_not_kept()
    {
        using var server = new FileServer(Content);
        var entry = Entry(files: new PretrainedFile("net.onnx", null, new string('a', 64)));
        var error = await Assert.ThrowsExactlyAsync<InvalidDataException>(() => Installer(entry, server.Address).RunAsync(CancellationToken.None));
        Assert.Contains($"came with the SHA-256 {Hash(Content)} instead of {new string('a', 64)}", error.Message);
        AssertNothingLeft();
    }

    [TestMethod]
    public async Task A_file_of_unknown_hash_needs_a_word_of_the_user()
    {
        using var server = new FileServer(Content);
        var entry = Entry(files: new PretrainedFile("net.pth", Address: new Uri("https://nowhere.invalid/net.pth")));
        var error = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Installer(entry, server.Address).RunAsync(CancellationToken.None));
        Assert.Contains("The hash of 'net.tag' (https://nowhere.invalid/net.pth) is not known here: the file is not verified", error.Message);
        await Assert.ThrowsExactlyAsync<InvalidDataException>(() => Installer(entry, server.Address, accept: new string('b', 64)).RunAsync(CancellationToken.None));
        await Installer(entry, server.Address, accept: Hash(Content).ToUpperInvariant()).RunAsync(CancellationToken.None);
        AssertNothingLeft("net.pth");
        File.Delete(_folder["cache", "net.pth"]);
        await Installer(entry, server.Address, accept: "any").RunAsync(CancellationToken.None);
        AssertNothingLeft("net.pth");
    }

    [TestMethod]
    public async Task Without_a_network_the_error_names_address_hash_and_path()
    {
        using var server = new FileServer(Content) { Refuses = HttpStatusCode.Forbidden };
        var entry = Entry(files: new PretrainedFile("net.onnx", null, Hash(Content)));
        var error = await Assert.ThrowsExactlyAsync<IOException>(() => Installer(entry, server.Address).RunAsync(CancellationToken.None));
        foreach (var text in new[] { "net.tag", server.Address + "net.tag/net.onnx", "403", Hash(Content), Path.Combine("rf3d", "weights", "net.tag", "net.onnx"), "RF3D_WEIGHTS" })
            Assert.Contains(text, error.Message);
        AssertNothingLeft();
    }

    [TestMethod]
    public async Task A_connection_that_breaks_off_leaves_nothing()
    {
        using var server = new FileServer(Content) { CutAfter = 1000 };
        await Assert.ThrowsExactlyAsync<IOException>(() => Installer(Entry(files: new PretrainedFile("net.onnx", null, Hash(Content))), server.Address).RunAsync(CancellationToken.None));
        AssertNothingLeft();
    }

    [TestMethod]
    public async Task A_server_that_sends_nothing_more_and_a_user_who_cancels_leave_nothing()
    {
        using var server = new FileServer(Content) { CutAfter = 1000, Stalls = true };
        var entry = Entry(files: new PretrainedFile("net.onnx", null, Hash(Content)));
        var installer = new WeightsInstaller(entry, _folder["cache"], new() { Mirror = server.Address }) { StallTimeout = TimeSpan.FromSeconds(0.2) };
        Assert.Contains("Nothing came for 0.2 s.", (await Assert.ThrowsExactlyAsync<IOException>(() => installer.RunAsync(CancellationToken.None))).Message);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        await Assert.ThrowsAsync<OperationCanceledException>(() => installer.RunAsync(cancelled.Token));
        AssertNothingLeft();
    }

    [TestMethod]
    public async Task Two_that_install_at_once_wait_for_each_other()
    {
        using var server = new FileServer(Content);
        var entry = Entry(files: new PretrainedFile("net.onnx", null, Hash(Content)));
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Installer(entry, server.Address).RunAsync(CancellationToken.None)));
        Assert.HasCount(1, server.Requests);
        AssertNothingLeft("net.onnx");
    }

    // An administrator may write to any file: only the attribute shows it.
    private static void AssertMayBeReplaced(string path) => Assert.IsFalse(File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly));

    private void AssertNothingLeft(params string[] except) => CollectionAssert.AreEquivalent(
        except, Directory.GetFiles(_folder["cache"]).Select(Path.GetFileName).Where(name => name != ".lock").ToList());

    private sealed class Answer(byte[] content) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(content) });
    }
}
