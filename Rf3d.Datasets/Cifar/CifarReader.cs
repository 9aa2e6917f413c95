using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.Win32.SafeHandles;

namespace Rf3d.Datasets;

/// <summary>Reads single CIFAR records: the whole record where the image is asked for, else only its label bytes.</summary>
internal sealed class CifarReader : RowReader
{
    private readonly CifarRows _rows;
    private readonly SafeFileHandle?[] _handles;
    private readonly byte[] _record;
    private readonly byte[] _pixels;
    private long _held = -1;

    public CifarReader(CifarRows rows, bool[] active)
    {
        _rows = rows;
        _handles = new SafeFileHandle?[rows.Files.Count];
        var image = active[ImageSchema.Image];
        _record = new byte[image ? rows.Layout.RecordBytes : rows.Layout.LabelBytes];
        _pixels = image ? new byte[4 * CifarLayout.Plane] : [];
    }

    public override Delegate Getter(int column) => column switch
    {
        ImageSchema.Image => (ValueGetter<MLImage>)GetImage,
        _ => (ValueGetter<uint>)GetLabel,
    };

    protected override void Close()
    {
        for (var i = 0; i < _handles.Length; i++)
        {
            _handles[i]?.Dispose();
            _handles[i] = null;
        }
    }

    private void GetLabel(ref uint value)
    {
        Hold(Row);
        value = _record[_rows.Labels.Offset] + 1u;
    }

    private void GetImage(ref MLImage value)
    {
        Hold(Row);
        var planes = _record.AsSpan(_rows.Layout.LabelBytes);
        for (var i = 0; i < CifarLayout.Plane; i++)
        {
            _pixels[4 * i] = planes[2 * CifarLayout.Plane + i];
            _pixels[4 * i + 1] = planes[CifarLayout.Plane + i];
            _pixels[4 * i + 2] = planes[i];
            _pixels[4 * i + 3] = byte.MaxValue;
        }
        ImageSchema.Replace(ref value, CifarLayout.Side, CifarLayout.Side, MLPixelFormat.Bgra32, _pixels);
    }

    private void Hold(long row)
    {
        if (row == _held)
            return;
        _held = -1;
        var record = row;
        var index = 0;
        while (record >= _rows.Files[index].Records)
            record -= _rows.Files[index++].Records;

        var path = _rows.Files[index].Path;
        var handle = _handles[index] ??= File.OpenHandle(path);
        var offset = record * _rows.Layout.RecordBytes;
        for (var read = 0; read < _record.Length;)
        {
            var more = RandomAccess.Read(handle, _record.AsSpan(read), offset + read);
            if (more == 0)
                throw new InvalidDataException(
                    $"'{path}' ends at byte {offset + read}, within record {record}. It was longer when it was loaded: it must not change while in use.");
            read += more;
        }
        var label = _record[_rows.Labels.Offset];
        if (label >= _rows.Labels.Classes)
            throw new InvalidDataException(
                $"'{path}' has the label {label} in record {record} (byte {offset + _rows.Labels.Offset}), but {_rows.Layout.Name} has the labels " +
                $"0 to {_rows.Labels.Classes - 1} there. The file is damaged or is another data set; unpack or download it again.");
        _held = row;
    }
}
