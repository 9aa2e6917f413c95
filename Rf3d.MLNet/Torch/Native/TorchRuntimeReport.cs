using System.Collections.Immutable;

namespace Rf3d.MLNet;

/// <summary>The devices that a build of libtorch supports.</summary>
public enum LibtorchBackend
{
    /// <summary>CPUs alone.</summary>
    Cpu,

    /// <summary>CPUs and NVIDIA GPUs.</summary>
    Cuda,
}

/// <summary>A device that training can run on.</summary>
public sealed record TorchDevice
{
    /// <summary>Its name for <c>Device</c> of the trainer's options: "cpu", or "cuda:0".</summary>
    public required string Name { get; init; }

    /// <summary>Its name, such as "NVIDIA H100 80GB HBM3".</summary>
    public required string Description { get; init; }

    /// <summary>Memory in bytes; for a CPU, the memory that the process may use; 0 if unknown.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Compute capability of an NVIDIA GPU, such as 9.0; null for a CPU, and if unknown.</summary>
    public double? ComputeCapability { get; init; }
}

/// <summary>The devices and libraries that this process can train with, as found by <see cref="TorchRuntime.Check()"/>.</summary>
public sealed record TorchRuntimeReport
{
    /// <summary>Whether training is possible. Scoring, planning and exporting need no libtorch.</summary>
    public bool IsAvailable => !Findings.Any(finding => finding.IsError);

    /// <summary>The problems, with remedies. Empty if there are none.</summary>
    public required ImmutableArray<TorchFinding> Findings { get; init; }

    /// <summary>The version of TorchSharp, and of the package of libtorch that belongs to it.</summary>
    public required string TorchSharpVersion { get; init; }

    /// <summary>The devices that libtorch is built for; null if it is not loaded.</summary>
    public LibtorchBackend? Backend { get; init; }

    /// <summary>The folder that libtorch was loaded from; null where it is not loaded, or comes from the system's search path.</summary>
    public string? LibtorchFolder { get; init; }

    /// <summary>The devices that training can run on, the CPU first; empty if libtorch is not loaded.</summary>
    public ImmutableArray<TorchDevice> Devices { get; init; } = [];

    /// <summary>Threads that libtorch computes with on the CPU; 0 where it is not loaded.</summary>
    public int Threads { get; init; }

    /// <summary>The version of NVIDIA's driver as the system names it; null if there is none or it is unknown.</summary>
    public string? GpuDriver { get; init; }

    /// <summary>The file of the C++ standard library that the process has loaded (Linux); null where that is not known.</summary>
    public string? StandardLibraryPath { get; init; }

    /// <summary>The newest version that it offers, such as "GLIBCXX_3.4.30"; null where that is not known.</summary>
    public string? StandardLibraryVersion { get; init; }
}
