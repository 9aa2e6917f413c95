using System.Globalization;
using Microsoft.ML;
using Rf3d.Datasets;
using Rf3d.MLNet;

namespace Rf3d.Fuzz;

/// <summary>The result of the library for image files: scores of the decoded pixels, or a refusal. A program that opens the same file must give the same result.</summary>
/// <param name="model">The .zip.</param>
/// <param name="maxPixels">Pixels that an image may have.</param>
internal sealed class LibraryScores(string model, long maxPixels) : IDisposable
{
    private const double Tolerance = 1e-4;

    private readonly Rf3dSavedModel _model = Rf3dSavedModel.Load(new MLContext(1), model);

    public IReadOnlyList<string> Classes => _model.Classes;

    /// <summary>The scores in the order of the classes; null where the library refuses the content.</summary>
    public float[]? Of(byte[] content)
    {
        try
        {
            using var image = ImageReader.Read(content, maxPixels);
            return [.. _model.Predict(image).Scores];
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>A success of a program.</summary>
    /// <param name="content">The file.</param>
    /// <param name="difference">The largest difference of the program's scores from given ones.</param>
    /// <exception cref="WrongResultException">The scores are others, or the library refuses the file.</exception>
    public string Check(byte[] content, Func<float[], double> difference)
    {
        var expected = Of(content) ?? throw new WrongResultException("It scores a file that the library refuses.");
        return difference(expected) is var most && most <= Tolerance
            ? "the library's scores"
            : throw new WrongResultException(string.Create(CultureInfo.InvariantCulture, $"The scores differ from the library's by {most}."));
    }

    /// <summary>A refusal by a program.</summary>
    /// <param name="content">The file.</param>
    /// <param name="how">How it refuses, for the report.</param>
    /// <param name="reason">Its reason.</param>
    /// <exception cref="WrongResultException">It gives no reason, or the library reads the file.</exception>
    public RefusedException Refusal(byte[] content, string how, string reason) =>
        string.IsNullOrWhiteSpace(reason) ? throw new WrongResultException("It refuses the file without a reason.")
        : Of(content) is not null ? throw new WrongResultException($"It refuses a file that the library reads: {reason}")
        : new RefusedException(how);

    public void Dispose() => _model.Dispose();
}
