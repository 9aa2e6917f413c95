namespace Rf3d.ModelBuilder.Tests.Training;

/// <summary>The model of a command that is cancelled, until it is in its place.</summary>
[TestClass]
public sealed class CancelledModelTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CancellationTokenSource _end = new();
    private readonly List<string> _lines = [];
    private readonly string _model;

    public CancelledModelTests() => File.WriteAllText(_model = _folder["Colours.zip.tmp"], "model");

    private string Copy => _folder["Colours.copy.zip"];

    public void Dispose()
    {
        _end.Dispose();
        _folder.Dispose();
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void A_copy_is_beside_the_output_until_the_model_is_in_its_place(bool isBefore)
    {
        if (isBefore)
            _end.Cancel();
        using (new CancelledModel(_model, Copy, _lines.Add, _end.Token))
        {
            if (!isBefore)
            {
                Assert.HasCount(1, Directory.GetFiles(_folder.Path));
                _end.Cancel();
            }
            Assert.AreEqual("model", File.ReadAllText(Copy));
            Assert.Contains($"a copy is in '{Copy}'", _lines.Single());
        }
        Assert.HasCount(1, Directory.GetFiles(_folder.Path));
    }

    [TestMethod]
    public void A_model_that_the_same_command_resumes_to_or_that_is_in_its_place_is_not_copied()
    {
        using (new CancelledModel(_model, null, _lines.Add, _end.Token))
            _end.Cancel();
        Assert.Contains("the same command then resumes from there", _lines.Single());
        Assert.HasCount(1, Directory.GetFiles(_folder.Path));

        File.Delete(_model);
        using (new CancelledModel(_model, Copy, _lines.Add, _end.Token))
            Assert.HasCount(1, _lines);
        Assert.IsEmpty(Directory.GetFiles(_folder.Path));
    }

    [TestMethod]
    public async Task The_model_is_not_moved_while_a_copy_is_made()
    {
        using var begun = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var isTold = false;
        using var cancelled = new CancelledModel(
            _model,
            Copy,
            _ =>
            {
                begun.Set();
                go.Wait();
                Volatile.Write(ref isTold, true);
            },
            _end.Token);
        var cancelling = Task.Run(() => _end.Cancel());
        begun.Wait();
        var closing = Task.Run(() =>
        {
            cancelled.Close();
            return Volatile.Read(ref isTold);
        });
        go.Set();
        Assert.IsTrue(await closing);
        await cancelling;
        // It stays until the model is in its place.
        Assert.IsTrue(File.Exists(Copy));
    }

    [TestMethod]
    public void A_model_that_moves_to_its_place_is_not_copied_any_more()
    {
        using var cancelled = new CancelledModel(_model, Copy, _lines.Add, _end.Token);
        cancelled.Close();
        _end.Cancel();
        Assert.IsEmpty(_lines);
        Assert.IsFalse(File.Exists(Copy));
    }

    [TestMethod]
    public void Where_there_is_no_room_for_a_copy_the_line_says_so()
    {
        _end.Cancel();
        using var cancelled = new CancelledModel(_model, _folder["absent", "Colours.zip"], _lines.Add, _end.Token);
        Assert.Contains("ends the program without a model", _lines.Single());
        Assert.HasCount(1, Directory.GetFileSystemEntries(_folder.Path));
    }
}
