// Measures the claims of the documentation; README.md has the commands.
using System.CommandLine;
using Rf3d.Benchmarks;
using Rf3d.MLNet;
using Rf3d.Planning;
using static TorchSharp.torch;

// As in an application that trains; the one that measures this asks for it itself.
if (!KeptMemoryCommand.Decides(args) && !MemoryCommand.IsTarget(args))
    TorchRuntime.KeepMemory();

var channels = Numbers("--channels", "Channels in and out.", 64, 128, 256, 512);
var spatial = Numbers("--spatial", "Height and width of the tensor.", 4, 8, 16, 32);
var groups = Numbers("--groups", "Groups of the kernel.", 2, 4, 8);
var trainingBatch = Numbers("--batch", "Images in a batch.", 1, 128);
var scoringBatch = Numbers("--batch", "Images in a batch.", 1, 16);
var layouts = new Option<Layout[]>("--layout") { Description = "Memory layouts.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => Enum.GetValues<Layout>() };
var rounds = new Option<int>("--rounds") { Description = "At most so many rounds for a configuration.", DefaultValueFactory = _ => 15 };
var memory = new Option<double>("--memory") { Description = "Gigabytes that the stack of channels may take; where it needs more it is left out.", DefaultValueFactory = _ => 1.5 };

var rpw = new Command("rpw", "The rolling pointwise convolution in TorchSharp, against pointwise, grouped pointwise and the paper's channel stack.");
Add(rpw, channels, spatial, groups, trainingBatch, layouts, rounds, memory);
var (rpwMinutes, rpwOutput) = (Minutes(rpw, 12), Output(rpw));
rpw.SetAction(arguments =>
{
    TorchNative.EnsureLoaded();
    var cases = RollingShape.Grid(arguments.GetValue(trainingBatch)!, arguments.GetValue(channels)!, arguments.GetValue(spatial)!, arguments.GetValue(groups)!)
        .SelectMany(shape => RpwCase.Of(shape, arguments.GetValue(layouts)!.Select(layout => layout == Layout.Nhwc)))
        .OrderByDescending(place => place.Shape.Batch).ThenBy(place => place.Pass)
        .ToList();
    var budget = new RoundBudget(TimeSpan.FromMinutes(arguments.GetValue(rpwMinutes)), cases.Count, arguments.GetValue(rounds));
    var results = RpwBenchmark.Run(cases, budget, (long)(arguments.GetValue(memory) * 1e9));
    RpwReport.Write(results, CommandLine(args)).Save(arguments.GetValue(rpwOutput)!);
});

var rpwOnnx = new Command("rpw-onnx", "The rolling pointwise convolution in ONNX Runtime, against other graphs of it, and what its file weighs.");
Add(rpwOnnx, channels, spatial, groups, scoringBatch, rounds, memory);
var (onnxMinutes, onnxOutput) = (Minutes(rpwOnnx, 4), Output(rpwOnnx));
rpwOnnx.SetAction(arguments =>
{
    var shapes = RollingShape.Grid(arguments.GetValue(scoringBatch)!, arguments.GetValue(channels)!, arguments.GetValue(spatial)!, arguments.GetValue(groups)!).ToList();
    var budget = new RoundBudget(TimeSpan.FromMinutes(arguments.GetValue(onnxMinutes)), shapes.Count, arguments.GetValue(rounds));
    var results = RpwOnnxBenchmark.Run(shapes, budget, (long)(arguments.GetValue(memory) * 1e9));
    RpwOnnxReport.Write(results, RpwOnnxFiles.Measure(shapes, arguments.GetValue(rounds)), CommandLine(args)).Save(arguments.GetValue(onnxOutput)!);
});

var reach = new Command("reach", "How long it takes to work out which input channels flow into each channel.");
var reachChannels = new Option<int>("--channels") { Description = "Channels, a multiple of 32.", DefaultValueFactory = _ => 2048 };
var layers = new Option<int>("--layers") { Description = "Kernels one after the other.", DefaultValueFactory = _ => 150 };
Add(reach, reachChannels, layers, rounds);
var reachOutput = Output(reach);
reach.SetAction(arguments => ReachBenchmark
    .Run(arguments.GetValue(reachChannels), arguments.GetValue(layers), arguments.GetValue(rounds), CommandLine(args))
    .Save(arguments.GetValue(reachOutput)!));

var kernels = new Command("kernels", "Accuracy and speed of Table 6's network with standard convolutions and with blocks of cheap kernels.");
var data = new Option<string>("--data") { Description = "CIFAR-10 as folders: FOLDER/{train,test}/class/*.", Required = true };
var blocks = new Option<string[]>("--decompositions") { Description = "Blocks.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["off", "dw+pw", "dw+rpw-g2-o50", "auto"] };
var epochs = new Option<int>("--epochs") { Description = "Passes over the training images.", DefaultValueFactory = _ => 3 };
var seeds = Numbers("--seeds", "Seeds.", 1);
Add(kernels, data, blocks, epochs, seeds);
var kernelsOutput = Output(kernels);
kernels.SetAction(arguments =>
{
    TorchNative.EnsureLoaded();
    KernelAccuracy
        .Run(arguments.GetValue(data)!, arguments.GetValue(blocks)!, arguments.GetValue(epochs), arguments.GetValue(seeds)!, CommandLine(["kernels", "--data", "CIFAR", "--epochs", $"{arguments.GetValue(epochs)}"]))
        .Save(arguments.GetValue(kernelsOutput)!);
});

var kills = new Command("kills", "Kills a training at random moments, resumes it, and compares its weights with an undisturbed one's.");
var count = new Option<int>("--count") { Description = "Kills.", DefaultValueFactory = _ => 50 };
var killEpochs = new Option<int>("--epochs") { Description = "Passes over the images: enough that the training is not over before the last kill.", DefaultValueFactory = _ => 300 };
var killSeed = new Option<int>("--seed") { Description = "Seed of all random choices.", DefaultValueFactory = _ => 1 };
Add(kills, count, killEpochs, killSeed);
var killsOutput = Output(kills);
kills.SetAction(arguments => Kills
    .Run(arguments.GetValue(count), arguments.GetValue(killEpochs), arguments.GetValue(killSeed), CommandLine(args))
    .Save(arguments.GetValue(killsOutput)!));

var precision = new Command("precision", "Each kind of kernel, forward and backward, in bfloat16 and in float32.");
var precisionBatch = new Option<int>("--batch") { Description = "Images in a batch.", DefaultValueFactory = _ => 64 };
Add(precision, precisionBatch, rounds);
var precisionOutput = Output(precision);
precision.SetAction(arguments =>
{
    TorchNative.EnsureLoaded();
    PrecisionBenchmark.Run(arguments.GetValue(precisionBatch), arguments.GetValue(rounds), CommandLine(args)).Save(arguments.GetValue(precisionOutput)!);
});

var planning = new Command("planning", "How long it takes to plan a network.");
Add(planning, rounds);
var planningOutput = Output(planning);
planning.SetAction(arguments => PlanningBenchmark.Run(arguments.GetValue(rounds), CommandLine(args)).Save(arguments.GetValue(planningOutput)!));

var accuracy = new Command("accuracy", "Accuracy on a folder of images by a preset, and the time to given accuracies.");
var imageFolder = new Option<string>("--data") { Description = "Images: FOLDER/{train,val or test}/class/*.", Required = true };
var architecture = new Option<Architecture>("--architecture") { Description = "The network to start from.", DefaultValueFactory = _ => Architecture.MobileNet };
var preset = new Option<TrainingPreset>("--preset") { Description = "The recipe.", DefaultValueFactory = _ => TrainingPreset.Default };
var accuracyEpochs = new Option<int?>("--epochs") { Description = "Passes over the training images. Default: the preset's." };
var imageSize = new Option<int?>("--image-size") { Description = "Height and width that images are resized to. Default: worked out from them." };
var heldOut = new Option<float?>("--validation") { Description = "Share of the training images that is held out for validation; 0 for none. Default: the preset's." };
var branches = new Option<bool?>("--identity-branches") { Description = "Whether kernels learn with identity branches. Default: the preset's." };
var levels = new Option<double[]>("--accuracy") { Description = "Accuracies, from 0 to 1, to tell the time of.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [0.8, 0.85] };
var accuracySeeds = Numbers("--seeds", "Seeds.", 1, 2, 3);
Add(accuracy, imageFolder, architecture, preset, accuracyEpochs, imageSize, heldOut, branches, levels, accuracySeeds);
var accuracyOutput = Output(accuracy);
accuracy.SetAction(arguments =>
{
    TorchNative.EnsureLoaded();
    AccuracyBenchmark
        .Run(arguments.GetValue(imageFolder)!, Create, arguments.GetValue(accuracySeeds)!, arguments.GetValue(levels)!, CommandLine([.. args.Select(argument => argument == arguments.GetValue(imageFolder) ? "FOLDER" : argument)]))
        .Save(arguments.GetValue(accuracyOutput)!);

    Rf3dImageClassificationTrainer.Options Create()
    {
        var options = Rf3dImageClassificationTrainer.Options.FromPreset(arguments.GetValue(preset));
        options.Architecture = arguments.GetValue(architecture);
        options.Epoch = arguments.GetValue(accuracyEpochs) ?? options.Epoch;
        if (arguments.GetValue(heldOut) is { } fraction)
            options.ValidationSetFraction = fraction;
        options.Reparameterization = arguments.GetValue(branches) ?? options.Reparameterization;
        options.ImageHeight = options.ImageWidth = arguments.GetValue(imageSize) ?? options.ImageHeight;
        return options;
    }
});

var batches = new Command("batches", "Accuracy and time on CIFAR-10 by the number of images in a step and the learning rate, images decoded once.");
var batchData = new Option<string>("--data") { Description = "CIFAR-10 as folders: FOLDER/{train,test}/class/*.", Required = true };
var batchRuns = new Option<string[]>("--runs") { Description = "Images in a step, 0 for what the trainer works out, and if it is another than the trainer's, the learning rate: 512:0.4.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["0", "128", "512"] };
var batchEpochs = new Option<int>("--epochs") { Description = "Passes over the images.", DefaultValueFactory = _ => 8 };
var batchOptimizer = new Option<TrainingOptimizer>("--optimizer") { Description = "Muon with identity branches, as by default.", DefaultValueFactory = _ => TrainingOptimizer.Muon };
var batchArchitecture = new Option<Architecture>("--architecture") { Description = "The network.", DefaultValueFactory = _ => Architecture.ResNet18 };
var isOrganized = new Option<bool>("--organized") { Description = "Organize the network first." };
var mostImages = new Option<int>("--images") { Description = "Train on so many at most.", DefaultValueFactory = _ => int.MaxValue };
var (batchDevice, batchSeconds) = (SpeedCommand.DeviceOption(), SpeedCommand.SecondsOption());
Add(batches, batchData, batchRuns, seeds, batchEpochs, batchOptimizer, batchArchitecture, isOrganized, mostImages, batchDevice, batchSeconds);
var batchesOutput = Output(batches);
batches.SetAction(arguments =>
{
    TorchNative.EnsureLoaded();
    BatchAccuracy
        .Run(
            new(
                arguments.GetValue(batchData)!, SpeedCommand.DeviceNamed(arguments.GetValue(batchDevice)!), arguments.GetValue(batchArchitecture), arguments.GetValue(isOrganized), arguments.GetValue(batchEpochs),
                arguments.GetValue(batchRuns)!, arguments.GetValue(batchOptimizer), arguments.GetValue(seeds)!, arguments.GetValue(batchSeconds), arguments.GetValue(mostImages)),
            CommandLine([.. args.Select(argument => argument == arguments.GetValue(batchData) ? "CIFAR" : argument)]))
        .Save(arguments.GetValue(batchesOutput)!);
});

var experiment = new Command("experiment", "An experiment of twelve candidates on some of CIFAR-10's images, against training all of them to the end.");
var cifar = new Option<string>("--data") { Description = "CIFAR-10 as folders: FOLDER/{train,test}/class/*.", Required = true };
var experimentImages = new Option<int>("--images") { Description = "Images to train on.", DefaultValueFactory = _ => 5000 };
var experimentValidation = new Option<int>("--validation") { Description = "Other images to compare the candidates on.", DefaultValueFactory = _ => 2000 };
var experimentEpochs = new Option<int>("--epochs") { Description = "Passes over the images in a whole training.", DefaultValueFactory = _ => 8 };
var experimentSeconds = new Option<uint>("--seconds") { Description = "The experiment's time limit.", DefaultValueFactory = _ => 1200 };
var maxModels = new Option<int>("--max-models") { Description = "Candidates that are trained at all.", DefaultValueFactory = _ => 8 };
var maxMacs = new Option<long?>("--max-macs") { Description = "Budget of multiply-accumulates for one image.", DefaultValueFactory = _ => 150_000_000 };
var architectures = new Option<Architecture[]>("--architectures") { Description = "Base networks.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [.. new Rf3dSearchSpace().Architectures] };
Add(experiment, cifar, experimentImages, experimentValidation, experimentEpochs, experimentSeconds, maxModels, maxMacs, architectures, killSeed);
var experimentOutput = Output(experiment);
experiment.SetAction(arguments => ExperimentBenchmark
    .Run(
        arguments.GetValue(cifar)!, arguments.GetValue(experimentImages), arguments.GetValue(experimentValidation),
        new Rf3dExperimentSettings
        {
            MaxExperimentTimeInSeconds = arguments.GetValue(experimentSeconds),
            MaxModels = arguments.GetValue(maxModels),
            MaxMacs = arguments.GetValue(maxMacs),
            Seed = arguments.GetValue(killSeed),
            SearchSpace = new() { Architectures = arguments.GetValue(architectures)! },
            TrainerOptions = new() { Epoch = arguments.GetValue(experimentEpochs) },
        },
        CommandLine([.. args.Select(argument => argument == arguments.GetValue(cifar) ? "CIFAR" : argument)]))
    .Save(arguments.GetValue(experimentOutput)!));

var experimentTarget = new Command("experiment-target", "Started and killed by a test of experiments.") { Hidden = true };
var experimentDirectory = new Option<string>("--directory") { Description = "Folder of the experiment.", Required = true };
experimentTarget.Add(experimentDirectory);
experimentTarget.SetAction(arguments => ExperimentTarget.Run(arguments.GetValue(experimentDirectory)!));

var killTarget = new Command("kill-target", "Started by kills.") { Hidden = true };
var checkpoints = new Option<string?>("--checkpoints") { Description = "Folder of checkpoints." };
var storage = new Option<ImageStorage>("--storage") { Description = "Where the images are." };
var cache = new Option<string>("--cache") { Description = "Folder of a cache file.", Required = true };
Add(killTarget, checkpoints, storage, cache, killEpochs);
killTarget.SetAction(arguments => KillTarget.Run(
    arguments.GetValue(checkpoints), arguments.GetValue(storage), arguments.GetValue(cache)!, arguments.GetValue(killEpochs)));

var decode = new Command("decode", "How fast images become batches, decoded, from memory, from a cache file and streamed, and what a training takes of memory.");
var photographs = new Option<string>("--data") { Description = "Images as folders: FOLDER/class/*.", Required = true };
var copies = Numbers("--copies", "How often the images are repeated for the figures of memory.", 1, 4, 16);
var decodeRounds = new Option<int>("--rounds") { Description = "Rounds of the figures of speed.", DefaultValueFactory = _ => 5 };
Add(decode, photographs, copies, decodeRounds);
var decodeOutput = Output(decode);
decode.SetAction(arguments =>
{
    TorchNative.EnsureLoaded();
    DecodeBenchmark
        .Run(arguments.GetValue(photographs)!, arguments.GetValue(copies)!, arguments.GetValue(decodeRounds), CommandLine(["decode", "--data", "FOLDER"]))
        .Save(arguments.GetValue(decodeOutput)!);
});

var decodeTarget = new Command("decode-target", "Started by decode.") { Hidden = true };
Add(decodeTarget, photographs, storage, killEpochs);
decodeTarget.SetAction(arguments => DecodeTarget.Run(arguments.GetValue(photographs)!, arguments.GetValue(storage), arguments.GetValue(killEpochs)));

var predict = new Command("predict", "Files scored a second by rf3d predict, against ML.NET's Transform of the same .zip, and what bounds it.");
var predictImages = new Option<int>("--images") { Description = "Files to score in a round.", DefaultValueFactory = _ => 2000 };
var predictMany = new Option<int>("--many") { Description = "Files to score for the figure of memory.", DefaultValueFactory = _ => 10_000 };
Add(predict, cifar, predictImages, predictMany, decodeRounds);
var predictOutput = Output(predict);
predict.SetAction(arguments =>
{
    TorchNative.EnsureLoaded();
    PredictBenchmark
        .Run(
            arguments.GetValue(cifar)!, arguments.GetValue(predictImages), arguments.GetValue(predictMany), arguments.GetValue(decodeRounds),
            CommandLine([.. args.Select(argument => argument == arguments.GetValue(cifar) ? "CIFAR" : argument)]))
        .Save(arguments.GetValue(predictOutput)!);
});

var predictTarget = new Command("predict-target", "Started by predict.") { Hidden = true };
var predictModel = new Option<string>("--model") { Description = "The .zip.", Required = true };
Add(predictTarget, predictModel, photographs, predictImages);
predictTarget.SetAction(arguments => PredictTarget.Run(arguments.GetValue(predictModel)!, arguments.GetValue(photographs)!, arguments.GetValue(predictImages)));

return new RootCommand("Measures what the documentation of Rf3d.MLNet claims.")
{
    rpw, rpwOnnx, reach, kernels, kills, SpeedCommand.Create(CommandLine, args), batches, precision, planning, accuracy, decode, experiment, predict,
    PaperCommand.Create(CommandLine, args), PretrainedCommand.Create(CommandLine, args), AuditCommand.Create(CommandLine, args), KeptMemoryCommand.Create(CommandLine, args), MemoryCommand.Create(CommandLine, args),
    UnknownCommand.Create(CommandLine, args), SharedMachineCommand.Create(CommandLine, args), CommandKills.Create(CommandLine, args), WebLoadCommand.Create(CommandLine, args),
    QuantizationCommand.Create(CommandLine, args), OnnxApplicationsCommand.Create(CommandLine, args),
    killTarget, decodeTarget, experimentTarget, predictTarget, PaperCommand.CreateTarget(), KeptMemoryCommand.CreateTarget(), MemoryCommand.CreateTarget(), KeptMemoryCommand.CreateTestTarget(),
    SharedMachineCommand.CreateTarget(), SharedMachineCommand.CreateBusyTarget(),
}.Parse(args).Invoke();

static Option<int[]> Numbers(string name, string description, params int[] values) =>
    new(name) { Description = description, AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => values };

static Option<double> Minutes(Command command, double value)
{
    var minutes = new Option<double>("--minutes") { Description = "Time to spread over the configurations, each of which gets 5 rounds in any case.", DefaultValueFactory = _ => value };
    command.Add(minutes);
    return minutes;
}

static Option<string> Output(Command command)
{
    var output = new Option<string>("--output") { Description = "Where to write the report.", DefaultValueFactory = _ => $"docs/benchmarks/{command.Name}.md" };
    command.Add(output);
    return output;
}

static void Add(Command command, params Option[] options)
{
    foreach (var option in options)
        command.Add(option);
}

static string CommandLine(string[] arguments) => $"dotnet run -c Release --project benchmarks -- {string.Join(' ', arguments)}";

internal enum Layout
{
    Nchw,
    Nhwc,
}
