namespace Rf3d.MLNet;

/// <summary>What <see cref="TorchRuntime.Check()"/> can find amiss.</summary>
public enum TorchFindingKind
{
    /// <summary>libtorch is not there: the application references no backend package, and there is none on the search path. Nothing can be trained.</summary>
    LibtorchMissing,

    /// <summary>TorchSharp's own native library is not there, or not for this platform. Nothing can be trained.</summary>
    TorchSharpLibraryMissing,

    /// <summary>The system's libstdc++ is too old for TorchSharp, and a copy that does without what is missing cannot be loaded either. Nothing can be trained.</summary>
    StandardLibraryTooOld,

    /// <summary>A native library is there and cannot be loaded. Nothing can be trained.</summary>
    LibraryNotLoadable,

    /// <summary>The machine has an NVIDIA GPU with its driver, and libtorch is the one for CPUs. Training runs on the CPU.</summary>
    GpuNotUsed,

    /// <summary>libtorch is the one for GPUs, and sees none: there is no driver, or no GPU. Training runs on the CPU.</summary>
    GpuNotFound,
}

/// <summary>Something that keeps training from running, or from running on a GPU.</summary>
public sealed record TorchFinding
{
    /// <summary>What it is.</summary>
    public required TorchFindingKind Kind { get; init; }

    /// <summary>What is wrong, with the files and versions that it is about.</summary>
    public required string Message { get; init; }

    /// <summary>What to do about it in an application that references this library.</summary>
    public required string Remedy { get; init; }

    /// <summary>Whether nothing can be trained; false where training runs on the CPU.</summary>
    public bool IsError => Kind is not (TorchFindingKind.GpuNotUsed or TorchFindingKind.GpuNotFound);
}
