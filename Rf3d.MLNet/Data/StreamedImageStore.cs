using System.Runtime.ExceptionServices;
using Microsoft.ML;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// Images that are decoded again in each pass. The data view shuffles; the resulting order is found by a pass without images, so that it is known, and can be
/// saved, before the images come.
/// </summary>
internal sealed class StreamedImageStore : PrefetchedImageStore
{
    private static readonly OptionName Storage = new(nameof(ImageReadingOptions.ImageStorage));

    // Rows that follow each other in one cursor of a set, before those of the next one come.
    private const int RunLength = 32;

    private readonly ImageRows _rows;
    private readonly ImageIndex _index;
    private readonly RowNumbers _numbers;

    /// <param name="rows">The data.</param>
    /// <param name="found">The result of the first pass over it.</param>
    /// <param name="device">Where batches go.</param>
    public StreamedImageStore(ImageRows rows, IndexedData found, Device device)
        : base(found.Index, device) => (_rows, _index, _numbers) = (rows, found.Index, new(found.Ids));

    /// <summary>Why training images cannot be streamed, with the remedy; null if they can.</summary>
    /// <param name="rows">The data.</param>
    /// <param name="options">The options.</param>
    /// <param name="wasStream">Whether the training that is taken up streams.</param>
    public static OptionText? Obstacle(ImageRows rows, ImageReadingOptions options, bool wasStream)
    {
        if (options is { Deterministic: true, ImageStorage: ImageStorage.Auto } && !wasStream)
            return OptionText.Of($"{new OptionName(nameof(options.Deterministic))} is true, and streamed images, which come in an order of their own, train other weights: free memory must not decide over it. Set {Storage} to Stream to stream in any case.");
        if (options.BalancedSampling)
            return OptionText.Of($"{new OptionName(nameof(options.BalancedSampling))} draws images again and again, in an order that no pass over the data gives. Set {Storage} to Cache, or use {new OptionName(nameof(TrainingRecipe.ClassWeights))} instead.");
        return rows.CanShuffle ? null : OptionText.Of($"the data cannot be shuffled (CanShuffle is false), so that every epoch would have the same order. Set {Storage} to Cache; or split folders with ImageFolderDataView.Split, which can be shuffled, instead of TrainTestSplit.");
    }

    public override bool DecodesMeanwhile => true;

    public override Tensor Order(Tensor rows, int pass)
    {
        var wanted = new bool[_index.Count];
        foreach (var row in rows.data<long>())
            wanted[row] = true;
        var (order, count) = (new long[rows.shape[0]], 0);
        using var cursor = _rows.OpenLabels(new Random(pass));
        while (cursor.MoveNext())
        {
            if (cursor.Label() < 0)
                continue;
            var row = Find(cursor);
            if (!wanted[row])
                continue;
            (wanted[row], order[count++]) = (false, row);
        }
        return count == order.Length ? tensor(order) : throw Changed($"{order.Length - count} rows are missing");
    }

    protected override Threads Begin(ImageRequest request)
    {
        // Learning and validation leave their holes at other places of the heap, and large images theirs in those of the threads: together more than
        // either needs. It takes milliseconds, and who streams has no memory to spare.
        GlibcHeap.ReturnFree();
        var positions = new int[_index.Count];
        Array.Fill(positions, -1);
        for (var position = 0; position < request.Rows.Length; position++)
            positions[request.Rows[position]] = position;
        var cursors = _rows.OpenImages(request.Pass is { } pass ? new Random(pass) : null);
        var left = new Countdown(request.Rows.Length);
        return new(
            [.. cursors.Select(cursor => (Action<ImageWindow>)(window => Work(cursor, window, positions, left)))],
            cursors.Length * RunLength,
            () => Array.ForEach(cursors, cursor => cursor.Dispose()));
    }

    protected override void Read(long row, Span<byte> pixels) =>
        throw new InvalidOperationException($"Image {row} was asked for out of turn: a stream gives what was announced, in its order.");

    protected override Exception Incomplete() => Changed("rows are missing");

    private void Work(ImageRow cursor, ImageWindow window, int[] positions, Countdown left)
    {
        using (cursor)
        {
            try
            {
                var last = -1;
                while (left.Value > 0 && cursor.MoveNext())
                {
                    var label = cursor.Label();
                    if (label < 0)
                        continue;
                    var row = Find(cursor);
                    var position = positions[row];
                    if (position < 0)
                        continue;
                    // Each cursor rising: then the one that has the next image never waits for another.
                    if (position <= last)
                        throw new OptionConflictException($"{Storage} is Stream, but the data comes in another order over several cursors than over one. Set it to Memory or Cache.");
                    last = position;
                    if (!window.WaitForRoom(position))
                        return;
                    var pixels = window.Slot(position);
                    cursor.Decode(pixels);
                    if (label != _index[row].Label || ImageEntry.DigestOf(pixels) != _index[row].Digest)
                        throw Changed($"the image of row {row}, or its label, is another");
                    window.Fill(position);
                    left.Decrement();
                }
            }
            catch (Exception error)
            {
                ExceptionDispatchInfo.Throw(ImageRows.CauseOf(error));
            }
        }
    }

    private int Find(ImageRow cursor) => _numbers.Find(cursor.Id()) is >= 0 and var row ? row : throw Changed("there are rows more");

    private static InvalidOperationException Changed(string how) => new(
        $"The data changed while it was streamed: {how}. Every pass over the data must give the same images; leave the files alone while training, or set ImageStorage to Memory or Cache.");

    /// <summary>A number that several threads count down.</summary>
    private sealed class Countdown(int value)
    {
        private int _value = value;

        public int Value => Volatile.Read(ref _value);

        public void Decrement() => Interlocked.Decrement(ref _value);
    }
}
