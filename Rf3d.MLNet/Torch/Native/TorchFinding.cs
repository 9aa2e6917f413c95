namespace Rf3d.MLNet;

/// <summary>The kinds of problems that <see cref="TorchRuntime.Check()"/> finds.</summary>
public enum TorchFindingKind
{
    /// <summary>libtorch is missing: the application references no backend package, and libtorch is not on the search path. Training is not possible.</summary>
    LibtorchMissing,

    /// <summary>The native library of TorchSharp is missing, or is not for this platform. Training is not possible.</summary>
    TorchSharpLibraryMissing,

    /// <summary>
    /// The libstdc++ of the system is too old for TorchSharp, and the patched copy of the native library cannot be loaded either. Training is not possible.
    /// </summary>
    StandardLibraryTooOld,

    /// <summary>A native library exists and cannot be loaded. Training is not possible.</summary>
    LibraryNotLoadable,

    /// <summary>
    /// On this machine oneDNN, by which libtorch convolves on the CPU, computes wrong values, and it cannot be turned off. Training is not possible.
    /// </summary>
    WrongConvolutions,

    /// <summary>On this machine oneDNN, by which libtorch convolves on the CPU, computes wrong values. It is turned off in this process: training on the CPU is right, and slower.</summary>
    OneDnnOff,

    /// <summary>The machine has an NVIDIA GPU with its driver, and libtorch is built for CPUs. Training runs on the CPU.</summary>
    GpuNotUsed,

    /// <summary>libtorch is built for GPUs and finds none: there is no driver, or no GPU. Training runs on the CPU.</summary>
    GpuNotFound,
}

/// <summary>A problem that prevents training or training on a GPU, or makes training slower.</summary>
public sealed record TorchFinding
{
    /// <summary>The kind of the problem.</summary>
    public required TorchFindingKind Kind { get; init; }

    /// <summary>The problem, with files and versions.</summary>
    public required string Message { get; init; }

    /// <summary>The remedy in an application that references this library.</summary>
    public required string Remedy { get; init; }

    /// <summary>Whether training is not possible; false if it runs on the CPU.</summary>
    public bool IsError => Kind is not (TorchFindingKind.GpuNotUsed or TorchFindingKind.GpuNotFound or TorchFindingKind.OneDnnOff);
}
