using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.ML;
using Rf3d.MLNet;

namespace Rf3d.ModelBuilder;

/// <summary>The options of <c>rf3d export --quantize</c>: a copy of a saved model that computes with fewer bits, measured beside the model.</summary>
internal sealed class QuantizeExportOptions
{
    private const string Int8 = "int8";
    private const string Float16 = "float16";

    private static readonly QuantizationOptions Defaults = new();

    private static readonly Dictionary<string, CalibrationMethod> Methods = new(StringComparer.Ordinal)
    {
        ["minmax"] = CalibrationMethod.MinMax,
        ["percentile"] = CalibrationMethod.Percentile,
        ["mse"] = CalibrationMethod.MeanSquaredError,
    };

    // Of the options of a training, those that say which images are read, and how.
    private static readonly string[] OfImages = ["--dataset", "--labels", "--image-column", "--label-column", "--skip-bad-images", "--max-megapixels", "--no-orientation"];

    private readonly Option<string?> _output;
    private readonly Option<bool> _force;
    private readonly Option<string?> _calibration = new("--calibration") { HelpName = "FOLDER", Description = "With --quantize int8: a folder of images (also in subfolders, without labels) on which the ranges of the values are measured. Default: the training images of --dataset." };
    private readonly Option<int> _images = new("--calibration-images") { HelpName = "N", Description = "With --quantize int8: maximum number of images on which the ranges are measured.", DefaultValueFactory = _ => Defaults.CalibrationImages };
    private readonly Option<string> _method = new("--calibration-method") { HelpName = "NAME", Description = "With --quantize int8: how ranges are chosen: mse (least mean squared error), percentile or minmax.", DefaultValueFactory = _ => Methods.Single(method => method.Value == Defaults.Method).Key };
    private readonly Option<int> _bits = new("--weight-bits") { HelpName = "N", Description = "With --quantize int8: bits of the weights: 8, or 7 for x86 processors without VNNI.", DefaultValueFactory = _ => Defaults.WeightBits };
    private readonly Option<string[]> _float32 = new("--float32-layers") { HelpName = "NAME ...", Description = "With --quantize int8: layers that stay in float32. The error for an unknown name lists all names.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };

    /// <param name="output">Names the .zip to write.</param>
    /// <param name="force">Says whether a file that is there may be replaced.</param>
    public QuantizeExportOptions(Option<string?> output, Option<bool> force)
    {
        (_output, _force) = (output, force);
        Precision.AcceptOnlyFromAmong(Int8, Float16);
        _method.AcceptOnlyFromAmong([.. Methods.Keys]);
        OptionLimits.Between(_images, 1, 100_000);
        OptionLimits.Between(_bits, 7, 8);
    }

    public Option<string?> Precision { get; } = new("--quantize")
    {
        HelpName = "TYPE",
        Description = "Write a copy of MODEL that computes with fewer bits: int8 for CPUs, calibrated with images of --dataset; or float16 for GPUs. With --dataset, which int8 needs, both models are measured on its test images.",
    };

    /// <summary>The names of the options that go with int8 alone, and of the file to write.</summary>
    public IReadOnlyList<string> Own => [_output.Name, .. OfInt8.Select(option => option.Name)];

    private IEnumerable<Option> OfInt8 => [_calibration, _images, _method, _bits, _float32];

    public void AddTo(Command command)
    {
        command.Add(Precision);
        foreach (var option in OfInt8)
            command.Add(option);
    }

    /// <summary>Adds the errors of a command line that asks for a quantization.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="given">Names of the options in it.</param>
    /// <param name="hasModel">Whether it names a model.</param>
    public void Check(CommandResult result, IReadOnlyList<string> given, bool hasModel)
    {
        var name = Precision.Name;
        if (!hasModel)
            result.AddError($"{name} needs a MODEL.");
        if (!given.Contains(_output.Name))
            result.AddError($"{name} needs {_output.Name} with the .zip to write.");
        // By its text: a value that is not known is an error of the option already.
        var isInt8 = result.GetResult(Precision) is { Tokens: [{ Value: Int8 }] };
        if (isInt8 && !given.Contains(OfImages[0]))
            result.AddError($"{name} {Int8} needs {OfImages[0]} with labelled images: training images to calibrate with, and others to measure the result on.");
        string[] known = [name, _output.Name, _force.Name, .. OfImages, .. isInt8 ? Own : []];
        if (given.FirstOrDefault(option => !known.Contains(option)) is { } other)
            result.AddError($"{other} cannot go with {name}{(isInt8 ? "" : $" {Float16}")}.");
    }

    /// <summary>Writes the copy and reports on it.</summary>
    /// <param name="console">Where to report.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="model">The model.</param>
    /// <param name="request">The images.</param>
    /// <param name="cancellation">Ends it.</param>
    public void Write(CommandConsole console, ParseResult arguments, string model, TrainingRequest request, CancellationToken cancellation)
    {
        var output = arguments.GetValue(_output)!;
        OutputFile.CheckDiffers(output, model, _output.Name, ".zip");
        OutputFile.Check(output, "model", arguments.GetValue(_force));
        var mlContext = new MLContext();
        using var original = new ComparedModel(Rf3dSavedModel.Load(mlContext, model), model);
        if (original.Model.Quantization is { Precision: var precision })
            throw new CommandException($"'{model}' is quantized already, to {precision.ToString().ToLowerInvariant()}. Quantize the model that was trained.");
        var isInt8 = arguments.GetValue(Precision) == Int8;
        var images = request.Dataset is null ? null : QuantizationImages.Load(
            mlContext, request, arguments.GetValue(_calibration), isInt8 ? arguments.GetValue(_images) : 0, original.Model.Classes, console.Error.WriteLine);
        using var quantized = isInt8 ? Quantize(console, arguments, original.Model, images!, request, cancellation) : original.Model.ToFloat16();
        quantized.Save(output);
        var result = quantized.Quantization!;
        console.Out.WriteLine($"Saved {output} ({Numbers.Megabytes(new FileInfo(output).Length)}; {Numbers.Megabytes(original.Bytes)} before): {result.Layers} layers in {arguments.GetValue(Precision)}{(isInt8 ? $", calibrated with {Numbers.Count(result.CalibrationImages)} images" : "")}.");
        if (images is not null)
            Report(console, original, new(quantized, output), images, request, cancellation);
    }

    private Rf3dSavedModel Quantize(CommandConsole console, ParseResult arguments, Rf3dSavedModel model, QuantizationImages images, TrainingRequest request, CancellationToken cancellation)
    {
        using var line = new ProgressLine(console.Error, console.IsErrorTerminal);
        var options = new QuantizationOptions
        {
            CalibrationImages = arguments.GetValue(_images),
            Method = Methods[arguments.GetValue(_method)!],
            WeightBits = arguments.GetValue(_bits),
            Float32Layers = [.. arguments.GetValue(_float32)!],
            Images = new() { MaxPixels = ImageSizeLimit.Pixels(request.MaxMegapixels), ContinueOnError = request.SkipBadImages, ApplyOrientation = request.ApplyOrientation },
            ProgressCallback = progress => line.Write($"Calibration: {Numbers.Count(progress.Done)} of {Numbers.Count(progress.Count)} images", isResult: progress.Done == progress.Count),
        };
        try
        {
            return images.Quantize(model, options, cancellation);
        }
        catch (InvalidDataException error) when (!request.SkipBadImages)
        {
            throw new CommandException($"{error.Message} Replace or delete the file, or leave such files out with --skip-bad-images.", inner: error);
        }
    }

    private static void Report(CommandConsole console, ComparedModel original, ComparedModel quantized, QuantizationImages images, TrainingRequest request, CancellationToken cancellation)
    {
        var result = ComparisonResult.Of(
            original, quantized, images.Evaluation, ImageSizeLimit.Pixels(request.MaxMegapixels), request.SkipBadImages, console.Error.WriteLine, cancellation);
        result.Write(console.Rich);
        console.Out.WriteLine($"Both predict the same class for {Numbers.Percent(result.Comparison.Agreement)} of the images.");
        console.Out.WriteLine(new QuantizationVerdict(
            quantized.Model.Precision, result.Latency.FirstMilliseconds, result.Latency.SecondMilliseconds, result.Comparison.Images,
            result.Comparison.AccuracyDifference, result.Comparison.AccuracyDifferenceInterval));
    }
}
