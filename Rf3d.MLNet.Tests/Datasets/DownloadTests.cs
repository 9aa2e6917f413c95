using System.Net;
using System.Security.Cryptography;
using Rf3d.Datasets;

namespace Rf3d.MLNet.Tests.Datasets;

[TestClass]
public sealed class DownloadTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly HttpClient _client = new();
    private readonly byte[] _content = new byte[700_000];
    private readonly FileServer _server;

    public DownloadTests()
    {
        new Random(1).NextBytes(_content);
        _server = new FileServer(_content);
    }

    public TestContext TestContext { get; set; } = null!;

    private string Target => _folder["data", "file.bin"];

    private string Partial => Target + ".partial";

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _folder.Dispose();
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public async Task A_download_is_complete_verified_and_reports_its_progress(bool tellsLength)
    {
        _server.TellsLength = tellsLength;
        var progress = new Recorder();

        var path = await Download(progress);

        Assert.AreEqual(Target, path);
        CollectionAssert.AreEqual(_content, File.ReadAllBytes(Target));
        Assert.IsFalse(File.Exists(Partial));
        Assert.AreEqual(0, progress.Reports[0].BytesReceived);
        Assert.AreEqual(new DownloadProgress(_content.Length, tellsLength ? _content.Length : null), progress.Reports[^1]);
        CollectionAssert.AreEqual(progress.Reports.OrderBy(report => report.BytesReceived).ToArray(), progress.Reports);
    }

    [TestMethod]
    public async Task A_cut_download_resumes_where_it_stopped()
    {
        _server.CutAfter = 300_000;
        var error = await Assert.ThrowsExactlyAsync<IOException>(() => Download());
        StringAssert.Contains(error.Message, "call again");
        Assert.IsFalse(File.Exists(Target));
        var held = new FileInfo(Partial).Length;
        Assert.IsTrue(held is > 0 and <= 300_000);

        _server.CutAfter = int.MaxValue;
        var progress = new Recorder();
        await Download(progress);

        CollectionAssert.AreEqual(_content, File.ReadAllBytes(Target));
        Assert.AreEqual($"/data/file.bin bytes={held}-", _server.Requests[1]);
        Assert.AreEqual(new DownloadProgress(held, _content.Length), progress.Reports[0]);
    }

    [TestMethod]
    public async Task A_server_without_ranges_sends_the_whole_file_again()
    {
        _server.Ranges = false;
        WritePartial(_content[..1000]);

        await Download();

        CollectionAssert.AreEqual(_content, File.ReadAllBytes(Target));
        Assert.AreEqual(_content.Length, _server.BytesSent);
    }

    [TestMethod]
    public async Task A_partial_file_that_is_complete_is_only_verified()
    {
        WritePartial(_content);

        await Download();

        CollectionAssert.AreEqual(_content, File.ReadAllBytes(Target));
        Assert.AreEqual(0, _server.BytesSent);
    }

    [TestMethod]
    public async Task A_partial_file_longer_than_the_file_is_downloaded_from_the_start()
    {
        WritePartial([.. _content, 1, 2, 3]);

        await Download();

        CollectionAssert.AreEqual(_content, File.ReadAllBytes(Target));
    }

    [TestMethod]
    public async Task A_wrong_hash_deletes_the_partial_file_and_says_so()
    {
        WritePartial([.. Enumerable.Repeat((byte)7, 1000)]);

        var error = await Assert.ThrowsExactlyAsync<InvalidDataException>(() => Download());

        StringAssert.Contains(error.Message, Md5(_content));
        StringAssert.Contains(error.Message, "was deleted");
        Assert.IsFalse(File.Exists(Partial));
        Assert.IsFalse(File.Exists(Target));
    }

    [TestMethod]
    public async Task A_complete_file_is_kept_without_any_request()
    {
        Directory.CreateDirectory(_folder["data"]);
        File.WriteAllBytes(Target, _content);

        Assert.AreEqual(Target, await Download());

        Assert.IsEmpty(_server.Requests);
    }

    [TestMethod]
    public async Task A_complete_file_that_is_another_one_is_an_error_and_is_left_alone()
    {
        Directory.CreateDirectory(_folder["data"]);
        File.WriteAllText(Target, "mine");

        var error = await Assert.ThrowsExactlyAsync<InvalidDataException>(() => Download());

        StringAssert.Contains(error.Message, Target);
        Assert.AreEqual("mine", File.ReadAllText(Target));
    }

    [TestMethod]
    public async Task A_refusal_names_the_address_and_the_status()
    {
        _server.Refuses = HttpStatusCode.NotFound;

        var error = await Assert.ThrowsExactlyAsync<HttpRequestException>(() => Download());

        StringAssert.Contains(error.Message, "404");
        StringAssert.Contains(error.Message, "file.bin");
        Assert.AreEqual(HttpStatusCode.NotFound, error.StatusCode);
    }

    [TestMethod]
    public async Task A_stalled_download_stops_by_itself_and_keeps_the_received_bytes()
    {
        _server.CutAfter = 5000;
        _server.Stalls = true;

        var error = await Assert.ThrowsExactlyAsync<IOException>(() => Download(stall: TimeSpan.FromSeconds(1.5)));

        StringAssert.Contains(error.Message, "nothing came for 1.5 s");
        Assert.AreEqual(5000, new FileInfo(Partial).Length);
    }

    [TestMethod]
    public async Task A_cancelled_download_keeps_the_received_bytes()
    {
        using var cancel = new CancellationTokenSource();
        _server.CutAfter = 5000;
        _server.Stalls = true;
        var progress = new Recorder(report =>
        {
            if (report.BytesReceived == 5000)
                cancel.Cancel();
        });

        await Assert.ThrowsAsync<OperationCanceledException>(() => Download(progress, cancellationToken: cancel.Token));

        Assert.AreEqual(5000, new FileInfo(Partial).Length);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public async Task The_public_methods_ask_for_the_published_archives_and_verify_them(bool slash)
    {
        var address = new Uri(_server.Address.AbsoluteUri.TrimEnd('/') + (slash ? "/" : ""));
        var options = new CifarDownloadOptions { BaseAddress = address, HttpClient = _client };

        var error10 = await Assert.ThrowsExactlyAsync<InvalidDataException>(
            () => CifarDownloader.DownloadCifar10Async(_folder.Path, options, cancellationToken: TestContext.CancellationToken));
        var error100 = await Assert.ThrowsExactlyAsync<InvalidDataException>(
            () => CifarDownloader.DownloadCifar100Async(_folder.Path, options, cancellationToken: TestContext.CancellationToken));

        StringAssert.Contains(error10.Message, "c32a1d4ab5d03f1284b67883e8d87530");
        StringAssert.Contains(error100.Message, "03b5dce01913d631647c71ecec9e9cb8");
        CollectionAssert.AreEqual(new[] { "/data/cifar-10-binary.tar.gz", "/data/cifar-100-binary.tar.gz" }, _server.Requests);
    }

    private static string Md5(byte[] content)
    {
#pragma warning disable CA5351 // The data sets are published with MD5.
        return Convert.ToHexStringLower(MD5.HashData(content));
#pragma warning restore CA5351
    }

    private Task<string> Download(
        IProgress<DownloadProgress>? progress = null, TimeSpan? stall = null, CancellationToken cancellationToken = default)
    {
        var download = new FileDownload(_client, new Uri(_server.Address, "file.bin"), Target, Md5(_content))
        {
            StallTimeout = stall ?? TimeSpan.FromSeconds(20),
        };
        return download.RunAsync(progress, cancellationToken == default ? TestContext.CancellationToken : cancellationToken);
    }

    private void WritePartial(byte[] bytes)
    {
        Directory.CreateDirectory(_folder["data"]);
        File.WriteAllBytes(Partial, bytes);
    }

    /// <summary>Unlike Progress, reports at once and in order.</summary>
    private sealed class Recorder(Action<DownloadProgress>? then = null) : IProgress<DownloadProgress>
    {
        public List<DownloadProgress> Reports { get; } = [];

        public void Report(DownloadProgress value)
        {
            Reports.Add(value);
            then?.Invoke(value);
        }
    }
}
