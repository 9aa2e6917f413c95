using Microsoft.ML;
using Microsoft.ML.Data;

namespace Rf3d.Datasets;

/// <summary>
/// Reads the rows of an image folder. Where bad images fail, a file is decoded by the getter of its image; where they are
/// skipped, on entering the row, since every cursor has to leave out the same rows whatever columns it asks for.
/// </summary>
internal sealed class ImageFolderReader : RowReader
{
    private readonly ImageFolderRows _rows;
    private readonly bool _wantsImage;
    private MLImage? _image;
    private long _held = -1;

    public ImageFolderReader(ImageFolderRows rows, bool[] active)
    {
        _rows = rows;
        _wantsImage = active[ImageSchema.Image];
    }

    public override Delegate Getter(int column) => column switch
    {
        ImageSchema.Image => (ValueGetter<MLImage>)GetImage,
        ImageSchema.Label => (ValueGetter<uint>)GetLabel,
        _ => (ValueGetter<ReadOnlyMemory<char>>)GetPath,
    };

    protected override bool Enter(long row)
    {
        if (!_rows.LeavesRowsOut)
            return true;
        var file = (int)row;
        _rows.ThrowIfTooManyAreBad();
        if (_rows.IsSkipped(file))
            return false;
        if (!_wantsImage && _rows.IsKnownGood(file))
            return true;
        try
        {
            Hold(row);
            _rows.MarkGood(file);
            return true;
        }
        catch (BadImageException bad)
        {
            if (bad.FileMayBeGood)
                throw Unreadable(file, bad);
            _rows.Skip(file, bad.Message);
            return false;
        }
    }

    protected override void Close()
    {
        _image?.Dispose();
        _image = null;
        _held = -1;
    }

    private void GetLabel(ref uint value) => value = (uint)_rows.Scan.Files[(int)Row].Class + 1;

    private void GetPath(ref ReadOnlyMemory<char> value) => value = _rows.Scan.PathOf((int)Row).AsMemory();

    private void GetImage(ref MLImage value)
    {
        // Before the next one is decoded: a thread that reads holds one image, not two.
        value?.Dispose();
        value = null!;
        try
        {
            Hold(Row);
        }
        catch (BadImageException bad)
        {
            throw Unreadable((int)Row, bad);
        }
        // Passed on without a copy: a second request for the image of a row decodes it again.
        (value, _image, _held) = (_image!, null, -1);
    }

    private InvalidDataException Unreadable(int file, BadImageException bad) => new(
        $"The image '{_rows.Scan.PathOf(file)}' cannot be read: {bad.Message}. " + (bad.FileMayBeGood
            ? "The file itself may be good, and no option leaves it out: repeat this when it can be read, or remove the file."
            : "Replace or delete the file, or leave such files out: OnBadImage = BadImageAction.Skip in code, --skip-bad-images of rf3d."), bad);

    private void Hold(long row)
    {
        if (row == _held)
            return;
        Close();
        var isTurned = false;
        try
        {
            _image = ImageDecoder.Decode(
                _rows.Scan.PathOf((int)row), _rows.Decoding.MaxPixels, DatasetInternals.ImageOf, _rows.Decoding.Size, _rows.Decoding.IsUpright, () => isTurned = true);
        }
        finally
        {
            _rows.Turned.Add((int)row, isTurned);
        }
        _held = row;
    }
}
