using System.Collections.Immutable;

namespace Rf3d.MLNet;

/// <summary>What a build of libtorch computes on.</summary>
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

    /// <summary>What it is, such as "NVIDIA H100 80GB HBM3".</summary>
    public required string Description { get; init; }

    /// <summary>Bytes of its memory; of a CPU what the process may use; 0 where that is not known.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>NVIDIA's figure for what a GPU can do, such as 9.0; null for a CPU, and where it is not known.</summary>
    public double? ComputeCapability { get; init; }
}

/// <summary>What this process has to train with, as <see cref="TorchRuntime.Check()"/> finds it.</summary>
public sealed record TorchRuntimeReport
{
    /// <summary>Whether training works. Scoring, planning and exporting work without.</summary>
    public bool IsAvailable => !Findings.Any(finding => finding.IsError);

    /// <summary>What is missing, and what to do about it. Empty where all is well.</summary>
    public required ImmutableArray<TorchFinding> Findings { get; init; }

    /// <summary>The version of TorchSharp, and of the package of libtorch that belongs to it.</summary>
    public required string TorchSharpVersion { get; init; }

    /// <summary>What libtorch is built for; null where it is not loaded.</summary>
    public LibtorchBackend? Backend { get; init; }

    /// <summary>The folder that libtorch was loaded from; null where it is not loaded, or comes from the system's search path.</summary>
    public string? LibtorchFolder { get; init; }

    /// <summary>What training can run on, the CPU first; empty where libtorch is not loaded.</summary>
    public ImmutableArray<TorchDevice> Devices { get; init; } = [];

    /// <summary>Threads that libtorch computes with on the CPU; 0 where it is not loaded.</summary>
    public int Threads { get; init; }

    /// <summary>The version of NVIDIA's driver as the system names it; null where there is none, or the system does not tell.</summary>
    public string? GpuDriver { get; init; }

    /// <summary>The file of the C++ standard library that the process has loaded (Linux); null where that is not known.</summary>
    public string? StandardLibraryPath { get; init; }

    /// <summary>The newest version that it offers, such as "GLIBCXX_3.4.30"; null where that is not known.</summary>
    public string? StandardLibraryVersion { get; init; }
}
