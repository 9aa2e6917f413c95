using System.Diagnostics;
using System.Globalization;
using Rf3d.MLNet;
using TorchSharp;

namespace Rf3d.Benchmarks;

/// <summary>Training images per second of the trainer's engine on one device, by form of the step and optimizer.</summary>
internal static class DeviceSpeed
{
    /// <param name="Device">Where.</param>
    /// <param name="Networks">Of <see cref="DeviceCase.Names"/>.</param>
    /// <param name="Batches">Images in a batch; those of 224 pixels have 256.</param>
    /// <param name="Forms">The forms of a step: those for a GPU, and those for a CPU.</param>
    /// <param name="Optimizers">Which.</param>
    /// <param name="Rounds">Epochs that are timed.</param>
    /// <param name="Images">Images in an epoch of a batch of 1,024, of which smaller batches have fewer.</param>
    /// <param name="Seconds">After so many seconds nothing new is begun.</param>
    /// <param name="LargeBatch">Images of 224 pixels in a batch.</param>
    public sealed record Request(
        torch.Device Device, IReadOnlyList<string> Networks, IReadOnlyList<int> Batches, IReadOnlyList<StepForms> Forms, IReadOnlyList<TrainingOptimizer> Optimizers, int Rounds, int Images, double Seconds, int LargeBatch);

    public static Report Run(Request request, string command)
    {
        var start = Stopwatch.GetTimestamp();
        var report = new Report();
        report.Heading(1, $"Training speed on {request.Device}");
        report.Paragraph($"`{command}`");
        report.List(
        [
            .. HardwareFingerprint.Torch,
            $"an epoch of the trainer's own session, images on the device, with random crops and flips, normalisation, optimizer and figures, bfloat16; {request.Rounds} epochs of one session after one that is not timed",
        ]);
        var rows = new List<string[]>();
        foreach (var (name, batch) in Cases(request))
        {
            DeviceCase? place = null;
            foreach (var optimizer in request.Optimizers)
            {
                foreach (var forms in request.Forms)
                {
                    if (Stopwatch.GetElapsedTime(start).TotalSeconds > request.Seconds)
                        continue;
                    place ??= new(name, batch, Steps(request, name, batch), request.Device);
                    rows.Add(Measure(place, optimizer, forms, request.Rounds, start));
                    Console.WriteLine(string.Join("  ", rows[^1]));
                }
            }
            place?.Dispose();
        }
        report.Table(["network", "batch", "optimizer", "step", "images/s", "ms a step", "measured"], rows);
        return report;
    }

    private static IEnumerable<(string Name, int Batch)> Cases(Request request) =>
        from batch in request.Batches
        from name in request.Networks
        where !DeviceCase.IsLarge(name) || batch == request.Batches[0]
        select (name, DeviceCase.IsLarge(name) ? request.LargeBatch : batch);

    private static int Steps(Request request, string name, int batch) =>
        Math.Max(2, (int)(request.Images * Math.Sqrt(batch / 1024.0)) / batch / (DeviceCase.IsLarge(name) ? 4 : 1));

    private static string[] Measure(DeviceCase place, TrainingOptimizer optimizer, StepForms forms, int rounds, long start)
    {
        string speed, step = "";
        try
        {
            var spread = Spread.Of(place.Train(place.Settings(optimizer, forms, rounds + 1)));
            speed = string.Create(CultureInfo.InvariantCulture, $"{spread.Median:0} ({spread.Least:0} to {spread.Greatest:0})");
            step = Report.Milliseconds(1000 * place.Batch / spread.Median);
        }
        catch (Exception error)
        {
            // One that a device cannot do says so, and the others follow.
            speed = TorchMemory.LastLine(error);
        }
        return [place.Name, $"{place.Batch}", optimizer.ToString(), forms.ToString(), speed, step, string.Create(CultureInfo.InvariantCulture, $"at {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s")];
    }
}
