using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Microsoft.Win32.SafeHandles;

namespace Rf3d.Datasets;

/// <summary>The grey images of an IDX file, and their labels from another.</summary>
internal sealed class IdxRows : LabelledRows
{
    private readonly IdxFile _images;
    private readonly byte[] _labels;
    private readonly int[] _items;

    /// <param name="images">The images: count, height, width.</param>
    /// <param name="labels">A label for each image.</param>
    /// <param name="classes">The names of the classes.</param>
    /// <param name="items">Which images these are.</param>
    public IdxRows(IdxFile images, byte[] labels, IReadOnlyList<string> classes, int[] items)
        : base(SchemaOf(images, classes, items), items.Length) => (_images, _labels, _items, Classes) = (images, labels, items, classes);

    public override IReadOnlyList<string> Classes { get; }

    public override string Folder => Path.GetDirectoryName(_images.Path)!;

    public override IReadOnlyList<UnusedFiles> Unused => [];

    public override bool HasFiles => false;

    public override int ClassOf(int row) => _labels[_items[row]];

    public override IdxRows Only(IReadOnlyList<int> rows) => new(_images, _labels, Classes, [.. rows.Select(row => _items[row])]);

    public override RowReader Open(bool[] active) => new Reader(this);

    private static DataViewSchema SchemaOf(IdxFile images, IReadOnlyList<string> classes, int[] items) => ImageSchema.Create(
        new ImageDataViewType(images.Dimensions[1], images.Dimensions[2]),
        classes,
        () => SourceText.Of($"IDX, {SourceText.HashOf([(Path.GetFileName(images.Path), images.Path)])}, {Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(items.AsSpan())))}"),
        withPath: true);

    private sealed class Reader(IdxRows rows) : RowReader
    {
        private readonly byte[] _grey = new byte[rows._images.ItemBytes];
        private readonly byte[] _pixels = new byte[4 * rows._images.ItemBytes];
        private SafeFileHandle? _handle;

        public override Delegate Getter(int column) => column switch
        {
            ImageSchema.Image => (ValueGetter<MLImage>)GetImage,
            ImageSchema.Label => (ValueGetter<uint>)GetLabel,
            _ => (ValueGetter<ReadOnlyMemory<char>>)GetPath,
        };

        protected override void Close()
        {
            _handle?.Dispose();
            _handle = null;
        }

        private void GetLabel(ref uint value) => value = (uint)rows.ClassOf((int)Row) + 1;

        private void GetPath(ref ReadOnlyMemory<char> value) =>
            value = string.Create(CultureInfo.InvariantCulture, $"{rows._images.Path}#{rows._items[(int)Row]}").AsMemory();

        private void GetImage(ref MLImage value)
        {
            _handle ??= rows._images.OpenHandle();
            rows._images.Read(_handle, rows._items[(int)Row], _grey);
            for (var i = 0; i < _grey.Length; i++)
                (_pixels[4 * i], _pixels[(4 * i) + 1], _pixels[(4 * i) + 2], _pixels[(4 * i) + 3]) = (_grey[i], _grey[i], _grey[i], byte.MaxValue);
            ImageSchema.Replace(ref value, rows._images.Dimensions[2], rows._images.Dimensions[1], MLPixelFormat.Bgra32, _pixels);
        }
    }
}
