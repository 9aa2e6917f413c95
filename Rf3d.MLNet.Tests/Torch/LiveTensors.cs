using static TorchSharp.torch;

namespace Rf3d.MLNet.Tests.Torch;

/// <summary>How many native tensors there are, without those that wait for the finalizer: tensors of an earlier test must not disappear while a later one counts.</summary>
internal static class LiveTensors
{
    public static long Count()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }
}
