using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.ML.Data;
using Rf3d.Datasets;
using SkiaSharp;

namespace Rf3d.MLNet.Tests.Datasets;

/// <summary>Files that may come from anyone.</summary>
[TestClass]
public sealed class ImageReaderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [DataRow(SKEncodedImageFormat.Png, false)]
    [DataRow(SKEncodedImageFormat.Png, true)]
    [DataRow(SKEncodedImageFormat.Jpeg, false)]
    [DataRow(SKEncodedImageFormat.Webp, true)]
    public void The_pixels_are_those_of_MLImage(SKEncodedImageFormat format, bool isTransparent)
    {
        var path = Write(_folder["image"], format, isTransparent);
        using var expected = MLImage.CreateFromFile(path);
        using var fromFile = ImageReader.Read(path);
        using var fromBytes = ImageReader.Read(File.ReadAllBytes(path));
        using var stream = File.OpenRead(path);
        using var fromStream = ImageReader.Read(stream);
        foreach (var actual in new[] { fromFile, fromBytes, fromStream })
        {
            Assert.AreEqual((expected.Width, expected.Height, expected.PixelFormat), (actual.Width, actual.Height, actual.PixelFormat));
            Assert.IsTrue(expected.Pixels.SequenceEqual(actual.Pixels));
        }
    }

    [TestMethod]
    public void A_header_that_comes_late_and_a_long_file_are_read()
    {
        // A JPEG with 5 MB of application data before its size.
        var jpeg = File.ReadAllBytes(Write(_folder["short.jpg"], SKEncodedImageFormat.Jpeg));
        using (var file = File.Create(_folder["long.jpg"]))
        {
            file.Write(jpeg.AsSpan(0, 2));
            for (var i = 0; i < 80; i++)
            {
                file.Write([0xFF, 0xEB, 0xFF, 0xFF]);
                file.Write(new byte[0xFFFF - 2]);
            }
            file.Write(jpeg.AsSpan(2));
        }
        using var expected = ImageReader.Read(_folder["short.jpg"]);
        using var actual = ImageReader.Read(_folder["long.jpg"], long.MaxValue);
        using var stream = File.OpenRead(_folder["long.jpg"]);
        using var fromStream = ImageReader.Read(stream);
        Assert.IsTrue(expected.Pixels.SequenceEqual(actual.Pixels));
        Assert.IsTrue(expected.Pixels.SequenceEqual(fromStream.Pixels));
    }

    [TestMethod]
    public void A_long_animation_is_read_though_its_frames_are_of_few_pixels()
    {
        ImageFolderFixture.Gif(_folder["short.gif"]);
        var gif = File.ReadAllBytes(_folder["short.gif"]);
        // In place of further frames, a comment of 40 MB, in parts of 255 bytes.
        byte[] part = [0xFF, .. new byte[0xFF]];
        byte[] parts = [.. Enumerable.Repeat(part, 1000).SelectMany(bytes => bytes)];
        using (var file = File.Create(_folder["long.gif"]))
        {
            file.Write(gif.AsSpan(0, gif.Length - 1));
            file.Write([0x21, 0xFE]);
            while (file.Length < 40_000_000)
                file.Write(parts);
            file.Write([0, 0x3B]);
        }
        using var expected = ImageReader.Read(_folder["short.gif"]);
        using var actual = ImageReader.Read(_folder["long.gif"]);
        Assert.IsTrue(expected.Pixels.SequenceEqual(actual.Pixels));
    }

    [TestMethod]
    public void Files_that_are_not_images_are_refused_with_name_and_reason()
    {
        File.WriteAllText(_folder["text.jpg"], "no image");
        File.WriteAllBytes(_folder["empty.jpg"], []);
        Directory.CreateDirectory(_folder["folder.jpg"]);
        foreach (var (name, reason) in new[] { ("text.jpg", "not an image"), ("empty.jpg", "empty"), ("absent.jpg", "no such file"), ("folder.jpg", "could not be opened") })
        {
            var error = Assert.ThrowsExactly<InvalidDataException>(() => ImageReader.Read(_folder[name]));
            Assert.Contains(_folder[name], error.Message);
            Assert.Contains(reason, error.Message);
        }
        Assert.Contains("empty", Assert.ThrowsExactly<InvalidDataException>(() => ImageReader.Read([])).Message);
    }

    [TestMethod]
    [FieldReport(24)]
    public void A_large_file_is_not_read_beyond_its_header_if_that_is_not_an_images()
    {
        // Two gigabytes that take no room on the disk.
        using (var file = File.Create(_folder["large.jpg"]))
            file.SetLength(2_000_000_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("not an image", Assert.ThrowsExactly<InvalidDataException>(() => ImageReader.Read(_folder["large.jpg"])).Message);
        Assert.IsLessThan(before + 100_000_000, GC.GetAllocatedBytesForCurrentThread());

        // With an image's header, it is refused for its length.
        var jpeg = File.ReadAllBytes(Write(_folder["short.jpg"], SKEncodedImageFormat.Jpeg));
        using (var file = File.OpenWrite(_folder["large.jpg"]))
            file.Write(jpeg);
        Assert.Contains("too large", Assert.ThrowsExactly<InvalidDataException>(() => ImageReader.Read(_folder["large.jpg"])).Message);
        Assert.IsLessThan(before + 100_000_000, GC.GetAllocatedBytesForCurrentThread());
    }

    [TestMethod]
    public void An_image_of_more_pixels_than_the_limit_is_refused_and_one_of_as_many_is_not()
    {
        var path = Write(_folder["image.png"], SKEncodedImageFormat.Png);
        ImageReader.Read(path, 40 * 30).Dispose();
        Assert.Contains("40×30 pixels", Assert.ThrowsExactly<InvalidDataException>(() => ImageReader.Read(path, (40 * 30) - 1)).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ImageReader.Read(path, 0));
    }

    [TestMethod]
    [FieldReport(14)]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void A_pipe_and_a_device_are_refused_at_once_and_a_link_to_an_image_is_read()
    {
        Process.Start("mkfifo", _folder["pipe.jpg"]).WaitForExit();
        File.CreateSymbolicLink(_folder["link-to-pipe.jpg"], _folder["pipe.jpg"]);
        File.CreateSymbolicLink(_folder["device.jpg"], "/dev/zero");
        // Through a linked folder, where text alone leads to an image and the system to the pipe.
        Directory.CreateDirectory(_folder["a"]);
        Directory.CreateDirectory(_folder["b", "t"]);
        File.CreateSymbolicLink(_folder["a", "d"], "../b/t");
        File.CreateSymbolicLink(_folder["b", "t", "x.jpg"], "../pipe");
        Process.Start("mkfifo", _folder["b", "pipe"]).WaitForExit();
        Write(_folder["a", "pipe"], SKEncodedImageFormat.Png);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder["socket.jpg"]));
        foreach (var name in new[] { "pipe.jpg", "link-to-pipe.jpg", "device.jpg", "a/d/x.jpg", "socket.jpg" })
        {
            var reading = Task.Run(() => Assert.ThrowsExactly<InvalidDataException>(() => ImageReader.Read(_folder[name])));
            Assert.IsTrue(reading.Wait(TimeSpan.FromSeconds(30)), name);
            Assert.Contains("not a regular file", reading.Result.Message);
        }
        Write(_folder["image.png"], SKEncodedImageFormat.Png);
        File.CreateSymbolicLink(_folder["link.png"], _folder["image.png"]);
        ImageReader.Read(_folder["link.png"]).Dispose();
        File.CreateSymbolicLink(_folder["loop.png"], _folder["loop.png"]);
        Assert.Contains("no such file", Assert.ThrowsExactly<InvalidDataException>(() => ImageReader.Read(_folder["loop.png"])).Message);
    }

    [TestMethod]
    [FieldReport(13)]
    public void A_process_decodes_only_so_many_pixels_at_a_time_in_the_order_of_arrival()
    {
        var order = new List<int>();
        var first = PixelBudget.Take(PixelBudget.Limit - 10);
        Assert.AreEqual(480_000_000, PixelBudget.LimitFor(24_000_000_000, 2));
        Assert.AreEqual(800_000_000, PixelBudget.LimitFor(8_000_000_000, 8));
        Assert.AreEqual(100_000_000, PixelBudget.LimitFor(1_000_000_000, 64));

        // The second fits beside nothing; the third would fit beside the first, but waits its turn.
        var second = Waiter(2, PixelBudget.Limit);
        var third = Waiter(3, 5);
        Assert.IsEmpty(order);
        first.Dispose();
        Assert.IsTrue(Task.WaitAll([second, third], TimeSpan.FromSeconds(30)));
        CollectionAssert.AreEqual(new[] { 2, 3 }, order);
        // More than the limit passes alone.
        PixelBudget.Take(3 * PixelBudget.Limit).Dispose();

        Task Waiter(int number, long bytes)
        {
            var thread = new TaskCompletionSource();
            var waiter = new Thread(() =>
            {
                using (PixelBudget.Take(bytes))
                    order.Add(number);
                thread.SetResult();
            });
            waiter.Start();
            Assert.IsTrue(SpinWait.SpinUntil(() => waiter.ThreadState == System.Threading.ThreadState.WaitSleepJoin, TimeSpan.FromSeconds(30)));
            return thread.Task;
        }
    }

    [TestMethod]
    public void Folders_have_the_limit_too()
    {
        Write(_folder.New("a", "image.png"), SKEncodedImageFormat.Png);
        Write(_folder.New("b", "image.png"), SKEncodedImageFormat.Png);
        var data = new Microsoft.ML.MLContext().Data;
        var error = Assert.ThrowsExactly<InvalidDataException>(() => Rows.Pixels(Microsoft.ML.ImageFolderCatalog.LoadImageFolder(data, _folder.Path, new() { MaxPixels = 100 })));
        Assert.Contains("40×30 pixels", error.Message);
        Assert.HasCount(2, Rows.Pixels(Microsoft.ML.ImageFolderCatalog.LoadImageFolder(data, _folder.Path, new() { MaxPixels = 1200 })));
        Assert.ThrowsExactly<ArgumentException>(() => Microsoft.ML.ImageFolderCatalog.LoadImageFolder(data, _folder.Path, new() { MaxPixels = 0 }));
    }

    private static string Write(string path, SKEncodedImageFormat format, bool isTransparent = false)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(40, 30, SKColorType.Bgra8888, isTransparent ? SKAlphaType.Unpremul : SKAlphaType.Opaque));
        for (var y = 0; y < bitmap.Height; y++)
        {
            for (var x = 0; x < bitmap.Width; x++)
                bitmap.SetPixel(x, y, new SKColor((byte)(6 * x), (byte)(8 * y), (byte)(x * y), isTransparent ? (byte)(4 * (x + y)) : (byte)255));
        }
        using var file = File.Create(path);
        bitmap.Encode(format, 95).SaveTo(file);
        return path;
    }
}
