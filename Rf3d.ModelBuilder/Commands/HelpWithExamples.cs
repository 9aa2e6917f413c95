using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Rf3d.ModelBuilder;

/// <summary>The usual help, followed by examples and the exit codes.</summary>
internal sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
{
    private static readonly Dictionary<string, string[]> Examples = new()
    {
        [""] =
        [
            "rf3d image-classification --dataset photos --name Flowers      trains, measures, and generates an application in Flowers",
            "rf3d predict Flowers/Flowers.zip new                           classifies all images of a folder",
            "rf3d doctor                                                    lists what this machine has and what is missing",
        ],
        ["image-classification"] =
        [
            "rf3d image-classification --dataset photos --name Flowers --output apps",
            "rf3d image-classification --dataset photos --train-time 600           as many epochs as fit into ten minutes",
            "rf3d image-classification --dataset photos --precision float32 --image-storage stream --no-report",
            "rf3d image-classification --dataset photos --architecture mobilenet --decomposition auto --image-size 96",
            "rf3d image-classification --dataset photos --name Flowers --target onnx      applications without ML.NET, one of them for browsers",
        ],
        ["train"] =
        [
            "rf3d train --dataset photos --name Flowers --preset fast              writes Flowers.zip",
            "rf3d train --training-config Flowers/Flowers.mbconfig                 trains again and replaces the model beside it",
        ],
        ["experiment"] =
        [
            "rf3d experiment --dataset photos --name Flowers --train-time 3600     writes Flowers.zip; after an interruption the same command resumes",
            "rf3d experiment --dataset photos --architecture mobilenet resnet18slim --image-size 64 96 --epoch 30",
            "rf3d experiment --dataset photos --max-macs 50000000 --max-latency 2 --max-models 4 --json > experiment.json",
        ],
        ["audit"] =
        [
            "rf3d audit photos                                                     writes audit.html and audit.csv; nothing is deleted",
            "rf3d audit photos --output flowers.html --pretrained resnet50.a1_in1k --max-listed 300",
            "rf3d train --dataset photos --exclude audit.csv                       leaves out the files with 'yes' in the column exclude",
        ],
        ["evaluate"] =
        [
            "rf3d evaluate Flowers/Flowers.zip --dataset photos/test",
            "rf3d evaluate Flowers/Flowers.zip --dataset photos/test --json > metrics.json",
        ],
        ["compare"] =
        [
            "rf3d compare Flowers/Flowers.zip Small/Small.zip --dataset photos/test",
            "rf3d compare Flowers/Flowers.zip Small/Small.zip --dataset photos/test --json > comparison.json",
        ],
        ["predict"] =
        [
            "rf3d predict Flowers/Flowers.zip rose.jpg tulip.png",
            "rf3d predict Flowers/Flowers.zip new --format csv > predictions.csv",
            "find new -type f -newer last-run | rf3d predict Flowers/Flowers.zip - --format json",
            "rf3d predict Flowers/Flowers.zip new --shard 3/8 --format csv         the fourth of eight parts",
            "rf3d predict Flowers/Flowers.zip new --device cuda --summary          on an NVIDIA GPU",
            "rf3d predict Flowers/Flowers.zip new --min-confidence 0.8             Unknown if no class has a probability of at least 0.8",
        ],
        ["report"] =
        [
            "rf3d report Flowers/Flowers.zip --dataset photos                      writes report.html",
            "rf3d report Flowers/Flowers.zip --dataset may/test --training-dataset photos/train --output may.html --title \"Flowers, photos of May\"",
        ],
        ["threshold"] =
        [
            "rf3d threshold Flowers/Flowers.zip --min-confidence 0.8              stores the threshold in the model",
            "rf3d threshold Flowers/Flowers.zip                                   shows it",
        ],
        ["serve"] =
        [
            "rf3d serve Flowers/Flowers.zip                                        serves http://localhost:5080",
            "rf3d serve Flowers/Flowers.zip Small/Small.zip --port 8080            two models side by side",
        ],
        ["plan"] =
        [
            "rf3d plan --architecture vgg16 --image-size 32 --classes 10",
            "rf3d plan --architecture resnet50 --image-size 224 --classes 1000 --max-macs 3000000000 --json",
            "rf3d plan --architecture vgg16 --depths 4,3,2,3,1 --decomposition auto",
            "rf3d plan --architecture resnet50 --image-size 224 --batch-size 256          also shows the memory that a training takes on a GPU",
        ],
        ["export"] =
        [
            "rf3d export Flowers/Flowers.zip --onnx flowers.onnx",
            "rf3d export Flowers/Flowers.zip --target onnx --output apps                    applications without ML.NET in apps/Flowers, one of them for browsers",
            "rf3d export Flowers/Flowers.zip --quantize int8 --output flowers-int8.zip --dataset photos     8-bit integers, for CPUs",
            "rf3d export --torchrun run1 --dataset photos --epoch 90 --batch-size 1024     a training for PyTorch, on any number of GPUs",
            "rf3d export Flowers/Flowers.zip --torchrun run2 --learning-rate 0.01          the same from the weights of a model",
        ],
        ["import"] = ["rf3d import --torchrun run1 --output Flowers.zip"],
        ["doctor"] = ["rf3d doctor", "rf3d doctor --output apps --json"],
        ["install-weights"] =
        [
            "rf3d install-weights --list                                           names, licences, and what is on this machine",
            "rf3d install-weights resnet18.mlnet_in1k",
            "rf3d install-weights resnet50.a1_in1k --accept-hash any --mirror https://mirror/weights",
        ],
        ["install-heic"] = ["rf3d install-heic", "rf3d install-heic --source packages                                   a folder that has the packages"],
        ["install-libtorch"] = ["rf3d install-libtorch", "rf3d install-libtorch --backend cuda"],
    };

    public override int Invoke(ParseResult parseResult)
    {
        var result = inner.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        var command = parseResult.CommandResult.Command;
        WriteGroups(command, output);
        if (Examples.TryGetValue(command is RootCommand ? "" : command.Name, out var examples))
        {
            output.WriteLine("Examples:");
            foreach (var example in examples)
                output.WriteLine($"  {example}");
            output.WriteLine();
        }
        output.WriteLine("Exit codes: 0 done, 1 failed, 2 invalid command line, 130 cancelled.");
        return result;
    }

    /// <summary>The options of the table, group by group, with the defaults of the preset Default.</summary>
    private static void WriteGroups(Command command, TextWriter output)
    {
        var defaults = new Rf3d.MLNet.Rf3dImageClassificationTrainer.Options();
        foreach (var group in command.Options.OfType<TableOption>().GroupBy(option => option.Group))
        {
            output.WriteLine($"{group.Key.Title}:");
            foreach (var option in group)
            {
                var value = OptionValues.Text(option.Row.Get(defaults));
                var name = $"{option.Name}{(option.HelpName is null ? "" : $" <{option.HelpName}>")}";
                output.WriteLine($"  {name,-38}  {option.Description}{(value.Length == 0 ? "" : $" [default: {value.ToLowerInvariant()}]")}");
            }
            output.WriteLine();
        }
    }
}
