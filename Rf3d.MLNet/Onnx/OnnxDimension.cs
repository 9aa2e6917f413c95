using Rf3d.MLNet.OnnxFormat;

namespace Rf3d.MLNet;

/// <summary>One dimension of a graph's input or output: a number, or a name such as "batch" for a size known only when the graph runs.</summary>
internal readonly record struct OnnxDimension
{
    private readonly long _size;
    private readonly string? _symbol;

    private OnnxDimension(long size, string? symbol) => (_size, _symbol) = (size, symbol);

    public static implicit operator OnnxDimension(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return new OnnxDimension(size, null);
    }

    public static implicit operator OnnxDimension(string symbol)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(symbol);
        return new OnnxDimension(0, symbol);
    }

    internal TensorShapeProto.Types.Dimension ToProto() =>
        _symbol is null ? new TensorShapeProto.Types.Dimension { DimValue = _size } : new TensorShapeProto.Types.Dimension { DimParam = _symbol };
}
