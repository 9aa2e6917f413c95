namespace Rf3d.MLNet.Tests.Images;

[TestClass]
public class ImageWindowTests
{
    [TestMethod]
    public async Task A_thread_that_is_ahead_by_the_whole_window_waits_for_room()
    {
        using var memory = new NativeBuffer(3);
        using var window = new ImageWindow(memory, 1, 1, CancellationToken.None);
        foreach (var position in new[] { 0, 1, 2 })
            Assert.IsTrue(window.WaitForRoom(position));
        var fourth = Task.Run(() =>
        {
            if (window.WaitForRoom(3))
                window.End(new InvalidOperationException("There was room."));
        });
        // False where all threads wait for room; else the error.
        Assert.IsFalse(window.TryTake(1, new byte[1]));
        window.Stop();
        await fourth;
    }

    [TestMethod]
    public async Task An_image_that_is_taken_out_makes_room()
    {
        using var memory = new NativeBuffer(3);
        using var window = new ImageWindow(memory, 1, 1, CancellationToken.None);
        foreach (var position in new[] { 0, 1, 2 })
        {
            Assert.IsTrue(window.WaitForRoom(position));
            window.Slot(position)[0] = (byte)(position + 1);
            window.Fill(position);
        }
        var fourth = Task.Run(() => window.WaitForRoom(3));
        var taken = new byte[1];
        Assert.IsTrue(window.TryTake(1, taken));
        Assert.AreEqual(1, taken[0]);
        Assert.IsTrue(await fourth);
    }
}
