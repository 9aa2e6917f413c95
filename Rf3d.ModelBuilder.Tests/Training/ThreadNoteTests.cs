using Rf3d.MLNet;

namespace Rf3d.ModelBuilder.Tests.Training;

[TestClass]
public class ThreadNoteTests
{
    [TestMethod]
    public void A_training_whose_threads_changed_says_between_which_numbers()
    {
        Assert.IsNull(ThreadNote.Of([]));
        Assert.StartsWith("Training used 2 to 8 threads", ThreadNote.Of([Change(8, 2), Change(2, 5)])!);
    }

    private static ThreadChange Change(int from, int to) => new() { Epoch = 1, Batches = 10, From = from, To = to };
}
