using System.CommandLine;
using Rf3d.MLNet;

namespace Rf3d.Benchmarks;

/// <summary>The command line of the benchmark of quantized models.</summary>
internal static class QuantizationCommand
{
    public static Command Create(Func<string[], string> commandLine, string[] args)
    {
        var command = new Command("quantization", "Saved models in int8 and float16 beside float32: latency, accuracy and size; and int8 by the method of calibration, the bits of the weights and the layers that stay in float32.");
        var models = new Option<string[]>("--models") { Description = "The .zip files.", AllowMultipleArgumentsPerToken = true, Required = true };
        var data = new Option<string[]>("--data") { Description = "For each of them, its images: FOLDER/{train,val or test}/class/*.", AllowMultipleArgumentsPerToken = true, Required = true };
        var rounds = new Option<int>("--rounds") { Description = "Rounds of the latency.", DefaultValueFactory = _ => 5 };
        var seconds = new Option<double>("--seconds") { Description = "Seconds that each model computes in a round.", DefaultValueFactory = _ => 1 };
        var noVariants = new Option<bool>("--no-variants") { Description = "Leave out the other ways to quantize." };
        var output = new Option<string>("--output") { Description = "Where to write the report.", DefaultValueFactory = _ => "docs/benchmarks/quantization.md" };
        foreach (var option in (Option[])[models, data, rounds, seconds, noVariants, output])
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(models)?.Length != result.GetValue(data)?.Length)
                result.AddError("--data needs a folder for each of --models.");
        });
        command.SetAction(arguments =>
        {
            TorchNative.EnsureLoaded();
            var folders = arguments.GetValue(data)!;
            var cases = arguments.GetValue(models)!.Zip(folders, (model, folder) => new QuantizedCase(model, folder)).ToList();
            QuantizationBenchmark
                .Run(
                    cases, arguments.GetValue(rounds), TimeSpan.FromSeconds(arguments.GetValue(seconds)), !arguments.GetValue(noVariants),
                    commandLine([.. args.Select(argument => folders.Contains(argument) ? Path.GetFileName(Path.TrimEndingDirectorySeparator(argument)).ToUpperInvariant() : Path.GetFileName(argument))]))
                .Save(arguments.GetValue(output)!);
        });
        return command;
    }
}
