using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>From TorchSharp's tensors to those of a file, and back, bit by bit.</summary>
internal static class TensorStorage
{
    /// <summary>Copies a tensor, wherever it lives and however it is laid out.</summary>
    public static SafeTensorEntry Store(this Tensor tensor)
    {
        var live = tensor.StoreLive();
        return new(live.Type, live.Shape, live.ToArray());
    }

    /// <summary>
    /// The same without a copy: the values read are those of that moment. A network's weights, their best, their averages and the optimizer's momenta
    /// are gigabytes together, one of them at a time is not.
    /// </summary>
    public static SafeTensorEntry StoreLive(this Tensor tensor) => new(NameOf(tensor.dtype), tensor.shape, take =>
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        take(0, tensor.detach().cpu().contiguous().bytes);
    });

    /// <summary>A tensor of the CPU with the stored values; the caller frees it.</summary>
    public static Tensor Load(this SafeTensorEntry stored)
    {
        var tensor = empty(stored.Shape, TypeOf(stored.Type));
        stored.Read((offset, piece) => piece.CopyTo(tensor.bytes[(int)offset..]));
        return tensor;
    }

    /// <summary>Overwrites a tensor, which keeps its device and its layout, with stored values of the same shape.</summary>
    public static void Overwrite(this Tensor tensor, SafeTensorEntry stored)
    {
        using var noGradient = no_grad();
        using var values = stored.Load();
        tensor.copy_(values);
    }

    private static string NameOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => "F32",
        ScalarType.Float64 => "F64",
        ScalarType.Int64 => "I64",
        ScalarType.Byte => "U8",
        _ => throw new NotSupportedException($"Tensors of {type} are not stored."),
    };

    private static ScalarType TypeOf(string name) => name switch
    {
        "F32" => ScalarType.Float32,
        "F64" => ScalarType.Float64,
        "I64" => ScalarType.Int64,
        "U8" => ScalarType.Byte,
        _ => throw new NotSupportedException($"Stored tensors of {name} are not loaded."),
    };
}
