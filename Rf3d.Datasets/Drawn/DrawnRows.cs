using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Rf3d.Datasets;

/// <summary>Drawn images: image i depends on the seed, the size and i alone, so nothing is kept and any row can be drawn next.</summary>
internal sealed class DrawnRows : RowSource
{
    // The order of the classes and the drawing must not share random numbers: a class would always look alike.
    private const ulong ClassSalt = 0xC1A55E5;

    private readonly ulong _seed;
    private readonly int _size;

    public DrawnRows(int count, int seed, int size)
        : base(ImageSchema.Create(new ImageDataViewType(size, size), [.. DrawnClass.All.Select(drawn => drawn.Name)], () => SourceText.Of($"drawn, seed {seed}, {size} pixels")), count)
    {
        _seed = unchecked((ulong)seed);
        _size = size;
    }

    public override RowReader Open(bool[] active) => new Reader(this, active[ImageSchema.Image]);

    /// <summary>Each ten images in a row have all ten classes, in an order of their own.</summary>
    private int ClassOf(long row)
    {
        var classes = DrawnClass.All.Count;
        var random = SplitMix64.ForItem(_seed ^ ClassSalt, (ulong)(row / classes));
        Span<int> order = stackalloc int[classes];
        for (var i = 0; i < classes; i++)
        {
            var j = random.Below(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order[(int)(row % classes)];
    }

    private void Draw(long row, Span<byte> rgba)
    {
        var random = SplitMix64.ForItem(_seed, (ulong)row);
        var scene = new DrawnScene(DrawnClass.All[ClassOf(row)], ref random);
        ScenePainter.Paint(scene, _size, ref random, rgba);
    }

    private sealed class Reader : RowReader
    {
        private readonly DrawnRows _rows;
        private readonly byte[] _pixels;

        public Reader(DrawnRows rows, bool wantsImage)
        {
            _rows = rows;
            _pixels = wantsImage ? new byte[4 * rows._size * rows._size] : [];
        }

        public override Delegate Getter(int column) => column switch
        {
            ImageSchema.Image => (ValueGetter<MLImage>)GetImage,
            _ => (ValueGetter<uint>)GetLabel,
        };

        private void GetLabel(ref uint value) => value = (uint)_rows.ClassOf(Row) + 1;

        private void GetImage(ref MLImage value)
        {
            _rows.Draw(Row, _pixels);
            ImageSchema.Replace(ref value, _rows._size, _rows._size, MLPixelFormat.Rgba32, _pixels);
        }
    }
}
