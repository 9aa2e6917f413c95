using Microsoft.ML;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <content>Reading a model from its file, with the reason where that fails, and the threshold in the file.</content>
public sealed partial class Rf3dSavedModel
{
    /// <summary>Reads a model. The whole file is compared with its checksums first.</summary>
    /// <param name="mlContext">The context to load the model in.</param>
    /// <param name="path">The .zip.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="DllNotFoundException">The native library of ONNX Runtime does not load.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="FormatException">
    /// The file is not a .zip, is another .zip, or is an ML.NET model of another trainer; or its format is newer or older than this library reads. The message says which.
    /// </exception>
    /// <exception cref="InvalidDataException">The file is damaged, or has an entry larger than 2 GB.</exception>
    /// <exception cref="IOException">The file cannot be read, or there is no space for the temporary files of ML.NET.</exception>
    /// <exception cref="InvalidOperationException">The context asks for a GPU, and the application's package of ONNX Runtime has none; see <see cref="MLContext.FallbackToCpu"/>.</exception>
    /// <exception cref="OptionConflictException"><see cref="SavedModelOptions.Device"/> asks for a GPU that cannot be used. The message says why, and what to do.</exception>
    /// <exception cref="OptionConflictException"><see cref="SavedModelOptions.MinTypicality"/> is above 0, and the model does not know the typicality.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be read.</exception>
    public static Rf3dSavedModel Load(MLContext mlContext, string path, SavedModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no model '{path}'.", path);
        // Others may replace the file meanwhile: only the one that was opened is read.
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        return Load(mlContext, file, $"'{path}'", options);
    }

    /// <summary>Reads a model from a stream.</summary>
    /// <param name="mlContext">The context to load the model in.</param>
    /// <param name="stream">The content of the .zip. It is read into memory, from its beginning if it can seek, else from its position. It is not closed.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="DllNotFoundException">The native library of ONNX Runtime does not load.</exception>
    /// <exception cref="FormatException">
    /// The file is not a .zip, is another .zip, or is an ML.NET model of another trainer; or its format is newer or older than this library reads. The message says which.
    /// </exception>
    /// <exception cref="InvalidDataException">The file is damaged, or has an entry larger than 2 GB.</exception>
    /// <exception cref="IOException">The file cannot be read, or there is no space for the temporary files of ML.NET.</exception>
    /// <exception cref="InvalidOperationException">The context asks for a GPU, and the application's package of ONNX Runtime has none; see <see cref="MLContext.FallbackToCpu"/>.</exception>
    /// <exception cref="OptionConflictException"><see cref="SavedModelOptions.Device"/> asks for a GPU that cannot be used. The message says why, and what to do.</exception>
    /// <exception cref="OptionConflictException"><see cref="SavedModelOptions.MinTypicality"/> is above 0, and the model does not know the typicality.</exception>
    public static Rf3dSavedModel Load(MLContext mlContext, Stream stream, SavedModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(stream);
        var name = stream is FileStream file ? $"'{file.Name}'" : "The content of the stream";
        if (stream.CanSeek)
            return Load(mlContext, stream, name, options);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return Load(mlContext, copy, name, options);
    }

    /// <summary>
    /// Stores a threshold in a saved model, for all who load it with <see cref="Load(MLContext, string, SavedModelOptions?)"/> and for ONNX files that are made of it. Scores do not change, and ML.NET ignores it.
    /// </summary>
    /// <param name="path">The .zip. It is replaced completely or not at all. If it is a link, the file that it leads to is replaced, and the link stays.</param>
    /// <param name="minConfidence">Confidence below which an image is not answered, 0 to 1; 0 for no threshold.</param>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is not from 0 to 1.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="FormatException">The file is not a model of this trainer and version.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public static void StoreMinConfidence(string path, float minConfidence)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ConfidenceThreshold.Check(minConfidence, nameof(minConfidence));
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no model '{path}'.", path);
        using var content = new MemoryStream();
        using (var file = File.OpenRead(path))
            file.CopyTo(content);
        try
        {
            StoredThreshold.Write(content, minConfidence);
        }
        catch (Exception error) when (IsOfContent(error))
        {
            throw NotAModel($"'{path}'", error);
        }
        AtomicFile.Write(path, content.WriteTo);
    }

    private static Rf3dSavedModel Load(MLContext mlContext, Stream stream, string name, SavedModelOptions? options)
    {
        options = (options ?? SavedModelOptions.Default).Checked();
        try
        {
            return Read(mlContext, stream, options);
        }
        catch (Exception error) when (IsOfContent(error))
        {
            throw NotAModel(name, error);
        }
        catch (OptionConflictException error)
        {
            throw new OptionConflictException($"{name} cannot be loaded with these options: {error.Text}", error);
        }
        catch (IOException error)
        {
            throw new IOException($"{name} cannot be loaded: {error.Message}", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new UnauthorizedAccessException($"{name} cannot be loaded: {error.Message}", error);
        }
    }

    private static Rf3dSavedModel Read(MLContext mlContext, Stream stream, SavedModelOptions options)
    {
        var model = SavedModel.Read(mlContext, stream);
        try
        {
            return new(model, mlContext, options);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static bool IsOfContent(Exception error) => error is FormatException or InvalidDataException or EndOfStreamException;

    private static Exception NotAModel(string name, Exception error) => error is FormatException
        ? new FormatException($"{name} is not a model of this trainer: {error.Message.TrimEnd('.')}.", error)
        : new InvalidDataException($"{name} is not a model of this trainer: it is cut short or damaged ({error.Message.TrimEnd('.')}).", error);

    private static ModelRecord RecordOf(IReadOnlyDictionary<string, string>? metadata) => metadata?.GetValueOrDefault(ModelRecord.Key) is { } text
        ? ModelRecord.Parse(text)
        : throw new FormatException($"its network has no record of the model ({ModelRecord.Key})");

    private static NetworkPlan PlanOf(ModelRecord record)
    {
        try
        {
            return record.Plan.ToPlan();
        }
        catch (FormatException error)
        {
            throw new FormatException($"its plan cannot be read: {error.Message.TrimEnd('.')}", error);
        }
    }
}
