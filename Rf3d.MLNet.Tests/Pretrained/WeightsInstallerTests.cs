using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Rf3d.MLNet.Tests.Datasets;
using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Pretrained;

/// <summary>Weights are fetched, verified and kept in the cache.</summary>
[TestClass]
public sealed class WeightsInstallerTests : IDisposable
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

    [TestMethod]
    public async Task A_lock_that_another_process_has_is_waited_for()
    {
        using var server = new FileServer(Content);
        var held = new FileStream(_folder.New("cache", ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var entry = Entry(files: new PretrainedFile("net.onnx", null, Hash(Content)));
        var calls = 0;
        var installer = new WeightsInstaller(entry, _folder["cache"], new() { Mirror = server.Address })
        {
            OpenLock = path =>
            {
                calls++;
                try
                {
                    return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                }
                finally
                {
                    held.Dispose();
                }
            },
        };
        await installer.RunAsync(CancellationToken.None);
        Assert.AreEqual(2, calls);
        AssertNothingLeft("net.onnx");
    }

    [TestMethod]
    public async Task A_lock_that_cannot_be_opened_for_another_reason_is_an_error_and_no_wait()
    {
        // Of an earlier installation.
        File.WriteAllText(_folder.New("cache", ".lock"), "");
        using var server = new FileServer(Content);
        var entry = Entry(files: new PretrainedFile("net.onnx", null, Hash(Content)));
        var calls = 0;
        var installer = new WeightsInstaller(entry, _folder["cache"], new() { Mirror = server.Address })
        {
            // The number that Linux and macOS have for it.
            OpenLock = _ => throw (calls++ == 0 ? (Exception)new IOException("Read-only file system", 30) : new AssertFailedException("It was opened again.")),
        };
        AssertCannotBeWritten("Read-only file system", await Assert.ThrowsExactlyAsync<IOException>(() => installer.RunAsync(CancellationToken.None)));
        Assert.IsEmpty(server.Requests);
    }

    [TestMethod]
    public async Task A_folder_that_cannot_be_written_is_named_and_no_address_is()
    {
        using var server = new FileServer(Content);
        File.WriteAllText(_folder["cache"], "a file");
        var entry = Entry(files: new PretrainedFile("net.onnx", null, Hash(Content)));
        AssertCannotBeWritten("", await Assert.ThrowsExactlyAsync<IOException>(() => Installer(entry, server.Address).RunAsync(CancellationToken.None)));
        Assert.IsEmpty(server.Requests);
    }

    [TestMethod]
    public async Task A_damaged_copy_in_the_folder_of_NuGet_is_not_used()
    {
        var before = Environment.GetEnvironmentVariable("NUGET_PACKAGES");
        try
        {
            Environment.SetEnvironmentVariable("NUGET_PACKAGES", _folder["packages"]);
            var package = new PretrainedPackage("Some.Package.Of.Tests", "1.2.3", "tools");
            var entry = Entry(package, new PretrainedFile("a/net.onnx", null, Hash(Content)));
            File.WriteAllText(_folder.New("packages", "some.package.of.tests", "1.2.3", "tools", "a", "net.onnx"), "damaged");

            using var offline = new HttpClient(new Answer(null));
            var error = await Assert.ThrowsExactlyAsync<IOException>(() => Installer(entry, client: offline).RunAsync(CancellationToken.None));
            foreach (var text in new[] { $"cannot be fetched from {package.Address}: No network.", $"The copy in '{package.RestoredFolder}' is damaged", "delete it" })
                Assert.Contains(text, error.Message);

            using var online = new HttpClient(new Answer(PackageOf("tools/a/net.onnx", Content)));
            CollectionAssert.AreEqual(Content, File.ReadAllBytes(await Installer(entry, client: online).RunAsync(CancellationToken.None)));
            AssertNothingLeft("net.onnx");

            // The right one needs no network.
            File.WriteAllBytes(_folder["packages", "some.package.of.tests", "1.2.3", "tools", "a", "net.onnx"], Content);
            File.Delete(_folder["cache", "net.onnx"]);
            await Installer(entry, client: offline).RunAsync(CancellationToken.None);
            AssertNothingLeft("net.onnx");
        }
        finally
        {
            Environment.SetEnvironmentVariable("NUGET_PACKAGES", before);
        }
    }

    [TestMethod]
    public async Task A_page_in_place_of_a_package_is_an_error_with_address_and_remedy()
    {
        using var client = new HttpClient(new Answer("<html>Log in</html>"u8.ToArray()));
        var package = new PretrainedPackage("Some.Package.Of.Tests", "1.2.3", "tools");
        var error = await Assert.ThrowsExactlyAsync<InvalidDataException>(() => Installer(Entry(package, new PretrainedFile("net.onnx", null, Hash(Content))), client: client).RunAsync(CancellationToken.None));
        foreach (var text in new[] { $"What came from {package.Address} cannot be used", "A proxy may have answered", Hash(Content), "RF3D_WEIGHTS" })
            Assert.Contains(text, error.Message);
        AssertNothingLeft();
    }

    [TestMethod]
    public async Task The_query_of_a_mirror_stays_at_the_end_and_neither_it_nor_a_password_is_shown()
    {
        using var server = new FileServer(Content);
        var mirror = new Uri(server.Address.AbsoluteUri.Replace("://", "://name:password@", StringComparison.Ordinal) + "?signature=secret");
        var entry = Entry(files: new PretrainedFile("net.onnx", null, Hash(Content)));
        await Installer(entry, mirror).RunAsync(CancellationToken.None);
        Assert.Contains("/data/net.tag/net.onnx?signature=secret", server.Requests.Single());
        File.Delete(_folder["cache", "net.onnx"]);
        server.Refuses = HttpStatusCode.Forbidden;
        var error = await Assert.ThrowsExactlyAsync<IOException>(() => Installer(entry, mirror).RunAsync(CancellationToken.None));
        Assert.Contains(server.Address + "net.tag/net.onnx", error.Message);
        Assert.DoesNotContain("secret", error.Message);
        Assert.DoesNotContain("password", error.Message);
    }

    [TestMethod]
    [DataRow("ftp://mirror/weights")]
    [DataRow("weights")]
    public async Task A_mirror_that_is_neither_of_a_server_nor_a_folder_is_refused(string address)
    {
        var entry = Entry(files: new PretrainedFile("net.onnx", null, Hash(Content)));
        var error = await Assert.ThrowsExactlyAsync<ArgumentException>(() => Installer(entry, new Uri(address, UriKind.RelativeOrAbsolute)).RunAsync(CancellationToken.None));
        Assert.AreEqual($"Mirror is '{address}', but must be an address that begins with http://, https:// or file://.", error.Message);
    }

    private void AssertCannotBeWritten(string reason, IOException error)
    {
        foreach (var text in new[] { $"The weights of 'net.tag' cannot be written to '{_folder["cache"]}': {reason}", "put 'net.onnx' into a folder 'net.tag' elsewhere", "RF3D_WEIGHTS" })
            Assert.Contains(text, error.Message);
        Assert.DoesNotContain("fetched", error.Message);
    }

    private static byte[] PackageOf(string name, byte[] content)
    {
        using var package = new MemoryStream();
        using (var zip = new ZipArchive(package, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var stream = zip.CreateEntry(name).Open();
            stream.Write(content);
        }
        return package.ToArray();
    }

    // An administrator may write to any file: only the attribute shows it.
    private static void AssertMayBeReplaced(string path) => Assert.IsFalse(File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly));

    private void AssertNothingLeft(params string[] except) => CollectionAssert.AreEquivalent(
        except, Directory.GetFiles(_folder["cache"]).Select(Path.GetFileName).Where(name => name != ".lock").ToList());

    /// <summary>Answers each request with the same content; without one, as where there is no network.</summary>
    private sealed class Answer(byte[]? content) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => content is null
            ? Task.FromException<HttpResponseMessage>(new HttpRequestException("No network."))
            : Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(content) });
    }
}
