using System.CommandLine;
using Microsoft.ML;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>A saved model with its file.</summary>
internal sealed record ComparedModel(Rf3dSavedModel Model, string Path) : IDisposable
{
    /// <summary>Size of the file.</summary>
    public long Bytes { get; } = new FileInfo(Path).Length;

    public long Parameters => Model.Plan.OptimizedCost.Parameters;

    public long Macs => Model.Plan.OptimizedCost.Macs;

    public static ComparedModel Load(DeviceOption device, MLContext mlContext, string path, ParseResult arguments) => new(device.Load(mlContext, path, arguments), path);

    public void Dispose() => Model.Dispose();
}
