using System.Globalization;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>The memory of trainings as <see cref="TrainingMemory"/> works it out, beside the memory that they take. Each has a separate process.</summary>
internal static class MemoryBenchmark
{
    public const string Target = "memory-target";

    // Their strides are those of wide 1×1 convolutions only, which libtorch for CPU computes in bfloat16, too.
    private static readonly string[] Catalogued = ["Vgg16@32", "ResNet18Slim@32"];

    private static readonly string[] CataloguedInFloat32 = ["ResNet18@32", "ResNet50@32", "MobileNet@32", "ResNet18Slim@128", "MobileNet@128"];

    private static readonly string[] CataloguedOnGpu = ["Vgg16@32", "ResNet18@32", "MobileNet@32", "ResNet50@224"];

    /// <param name="networks">Networks; none for those of docs/benchmarks.</param>
    /// <param name="batch">Images in a step; null for those of each network.</param>
    /// <param name="device">cpu, or a GPU.</param>
    /// <param name="command">The command.</param>
    public static Report Run(IReadOnlyList<string> networks, int? batch, string device, string command)
    {
        var report = new Report();
        report.Heading(1, "Memory of a training");
        report.Paragraph($"`{command}`");
        report.List([.. HardwareFingerprint.Torch, "The small networks train with SGD unless their name says otherwise, those of the catalogue with Muon; identity branches, crops and flips, as by default"]);
        if (device != "cpu")
        {
            report.Paragraph($"On {device}, bfloat16. Measured: the memory of the GPU that is not free after two steps, with the CUDA context and libtorch's unused blocks. Expected: the total. The images of a step stay on the GPU.");
            Table(report, Cases(networks.Count > 0 ? networks : CataloguedOnGpu), batch ?? 512, device, StepForms.Gpu, TrainingPrecision.BFloat16);
            return report;
        }
        report.Paragraph($"Measured on the CPU: by how much the resident memory of a process rises from before the network is made to its peak within two steps; the larger of two, after one that is not measured. Freed tensors of 64 kB and more are returned to the system at once. Expected: the total without the allowance for libraries.");
        report.Heading(2, "Float32, the forms of a step on a CPU");
        var small = MemoryCase.Small.Concat(MemoryCase.Strided).Select(one => one.Name);
        Table(report, Cases(networks.Count > 0 ? networks : [.. small, .. Catalogued, .. CataloguedInFloat32]), batch, device, StepForms.Plain, TrainingPrecision.Float32);
        report.Heading(2, "Bfloat16, the forms of a step on a GPU, computed by the CPU");
        Table(report, Cases(networks.Count > 0 ? networks : [.. MemoryCase.Small.Select(one => one.Name), .. Catalogued]), batch, device, StepForms.Gpu, TrainingPrecision.BFloat16);
        report.Heading(2, "What a CPU does not show");
        report.List(
        [
            "The CUDA context, the code of libtorch's kernels, and workspaces of cuDNN and cuBLAS: an allowance of 0.8 GB.",
            "Blocks that libtorch's allocator for GPUs has in reserve, and gaps between tensors: an allowance of 5 % of the activations.",
            "Strided depthwise convolutions are float32 on a CPU and bfloat16 on a GPU, so that MobileNet is in the first table only.",
            "cuDNN chooses its algorithms by the shapes. One that needs a large workspace, or copies its inputs, is not known beforehand.",
        ]);
        return report;

        MemoryCase[] Cases(IEnumerable<string> names) => [.. names.Select(name => MemoryCase.Of(name, batch))];
    }

    private static void Table(Report report, IEnumerable<MemoryCase> cases, int? batch, string device, StepForms forms, TrainingPrecision precision)
    {
        List<string[]> rows = [];
        foreach (var one in cases)
        {
            var count = (batch ?? one.Batch).ToString(CultureInfo.InvariantCulture);
            var figures = OwnProcess.LastLine(
                Target, "--networks", one.Name, "--batch-size", count, "--device", device, "--forms", forms.ToString(), "--number-precision", precision.ToString()).Split(' ');
            var (measured, expected) = (long.Parse(figures[1], CultureInfo.InvariantCulture), long.Parse(figures[2], CultureInfo.InvariantCulture));
            rows.Add([one.Name, count, Report.Bytes(expected), Report.Bytes(measured), Report.Ratio((double)expected / measured)]);
            Console.WriteLine(string.Join("  ", rows[^1]));
        }
        report.Table(["network", "images in a step", "expected", "measured", "expected / measured"], rows);
    }
}
