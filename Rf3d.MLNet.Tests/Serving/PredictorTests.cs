using Microsoft.Extensions.Logging;
using Rf3d.MLNet.Tests.Scoring;

namespace Rf3d.MLNet.Tests.Serving;

/// <summary>A file of a model, and a clock that a test moves.</summary>
public abstract class PredictorTests : IDisposable
{
    private protected PredictorTests()
    {
        ModelPath = SavedModels.Write(Folder["model.zip"]);
        Files = SavedModels.Images(Folder, 12);
    }

    private protected TempFolder Folder { get; } = new();

    private protected ManualClock Clock { get; } = new();

    /// <summary>Images to predict.</summary>
    private protected string[] Files { get; }

    /// <summary>The file that the predictor loads: at first <see cref="SavedModels.First"/>.</summary>
    private protected string ModelPath { get; }

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected Rf3dPredictor Create(ILogger<Rf3dPredictor>? logger = null) => new(new Rf3dPredictorOptions { Path = ModelPath, TimeProvider = Clock }, logger);

    /// <summary>Writes a file of another time, whatever the resolution of the file system's.</summary>
    private protected void Replace(byte[] model, int minutes = 0)
    {
        File.WriteAllBytes(Folder["new.zip"], model);
        File.SetLastWriteTimeUtc(Folder["new.zip"], new DateTime(2030, 1, 1, 0, minutes, model.Length % 60, DateTimeKind.Utc));
        File.Move(Folder["new.zip"], ModelPath, overwrite: true);
    }

    private protected void AssertScores(Rf3dPredictor predictor, byte[] model) =>
        SavedModels.AssertSameScores(SavedModels.ScoresOfMLNet(model, Files), [.. predictor.Predict(Files)]);
}
