using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Rf3d.MLNet;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.ModelBuilder.Tests.Options;

/// <summary>Every figure of a training can be set on the command line, survives a .mbconfig file, and is in the generated code.</summary>
[TestClass]
public class TrainingOptionTests
{
    /// <summary>A value that is not the default, for each option.</summary>
    private static readonly Dictionary<string, string> Samples = new()
    {
        ["--architecture"] = "mobilenet", ["--pretrained"] = "none", ["--adaptation"] = "finetune", ["--min-kept-share"] = "0.5", ["--crop-fraction"] = "0.9", ["--width-multiplier"] = "0.5", ["--decomposition"] = "dw+rpw-g2-o50", ["--max-macs"] = "50000000", ["--max-parameters"] = "400000",
        ["--threshold"] = "0.25", ["--epoch"] = "7", ["--batch-size"] = "24", ["--early-stopping-patience"] = "3", ["--early-stopping-min-delta"] = "0.02",
        ["--early-stopping-metric"] = "loss", ["--learning-rate"] = "0.0125", ["--learning-rate-schedule"] = "cosine", ["--warm-up-epochs"] = "1.5",
        ["--learning-rate-steps"] = "2,4.5", ["--learning-rate-step-factor"] = "0.25", ["--final-learning-rate-factor"] = "0.1", ["--optimizer"] = "adamw", ["--momentum"] = "0.8", ["--nesterov"] = "false",
        ["--weight-decay"] = "0.001", ["--decay-norm-and-bias"] = "true", ["--max-gradient-norm"] = "2", ["--ema-decay"] = "0.99", ["--reparameterization"] = "false",
        ["--label-smoothing"] = "0.05", ["--class-weights"] = "1,2.5,3", ["--balanced-sampling"] = "true", ["--calibrate-probabilities"] = "false", ["--random-crop"] = "false", ["--random-flip"] = "false",
        ["--crop-padding-fraction"] = "0.2", ["--crop-padding-mode"] = "zero", ["--alternating-flip"] = "false", ["--resized-crop-scale"] = "0.4", ["--rotation-degrees"] = "15",
        ["--brightness"] = "0.1", ["--contrast"] = "0.2", ["--saturation"] = "0.3", ["--hue"] = "0.05", ["--random-erasing"] = "0.25", ["--cutout"] = "0.5",
        ["--mixup-alpha"] = "0.2", ["--cutmix-alpha"] = "1", ["--rand-augment-operations"] = "3", ["--rand-augment-magnitude"] = "7.5", ["--test-time-flip"] = "true",
        ["--resizing"] = "fill", ["--background"] = "ff8000", ["--channel-mean"] = "0.5,0.4,0.3", ["--channel-standard-deviation"] = "0.2,0.21,0.22", ["--device"] = "cpu", ["--precision"] = "float32",
        ["--deterministic"] = "true", ["--image-storage"] = "stream", ["--max-image-memory"] = "5000000000", ["--image-cache-directory"] = "cache \"of\" images",
    };

    public static IEnumerable<object[]> Rows => TrainingOptionTable.All.Select(row => new object[] { row.Flag });

    [TestMethod]
    public void Every_figure_of_the_recipe_is_an_option_of_the_tool()
    {
        var members = Settable(typeof(TrainingRecipe)).SelectMany(property => property.Name switch
        {
            // The tool holds images out itself (--validation-fraction): without a test folder it measures the result on them.
            nameof(TrainingRecipe.ValidationSetFraction) => [],
            nameof(TrainingRecipe.EarlyStoppingCriteria) => Within(property.Name, typeof(EarlyStopping)),
            nameof(TrainingRecipe.Augmentation) => Within(property.Name, typeof(AugmentationOptions)).Except(["Augmentation.RandAugment"]).Concat(Within("Augmentation.RandAugment", typeof(RandAugment))),
            _ => [property.Name],
        });
        CollectionAssert.IsSubsetOf(members.ToList(), TrainingOptionTable.All.Select(row => row.Member).ToList());

        static IEnumerable<string> Within(string group, Type type) => Settable(type).Select(inner => $"{group}.{inner.Name}");

        static IEnumerable<PropertyInfo> Settable(Type type) =>
            type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(property => property.SetMethod is { IsPublic: true });
    }

    [TestMethod]
    public void No_two_options_have_one_name() => CollectionAssert.AllItemsAreUnique(TrainingOptionTable.All.Select(row => row.Flag).ToList());

    [TestMethod]
    [DynamicData(nameof(Rows))]
    public void An_option_reaches_the_trainer_and_survives_a_configuration_file(string flag)
    {
        var row = TrainingOptionTable.All.Single(row => row.Flag == flag);
        var value = row.Located(OptionValues.Parse(row.Type, Samples[flag]), Path.GetFullPath);
        var request = new TrainingRequest { Dataset = "images", Chosen = [new(row, value)] };
        Assert.AreEqual(OptionValues.Text(value), OptionValues.Text(row.Get(request.Options())));
        Assert.AreNotEqual(OptionValues.Text(row.Get(new TrainerOptions())), OptionValues.Text(value), "The sample is the default.");
        Assert.AreNotEqual(OptionValues.Text(row.Get(TrainerOptions.FromPreset(TrainingPreset.Default))), OptionValues.Text(value), "A preset was changed by another's options.");

        using var folder = new TempFolder();
        File.WriteAllText(folder["a.mbconfig"], MbConfig.Write(request, new TrainingOutcome(1, 1, History), "a.zip"));
        var read = MbConfig.Read(folder["a.mbconfig"]).Chosen.Single();
        Assert.AreEqual((flag, OptionValues.Text(value)), (read.Option.Flag, OptionValues.Text(read.Value)));
    }

    [TestMethod]
    public void The_command_line_names_all_of_them()
    {
        var command = new System.CommandLine.Command("train");
        var options = new TrainingOptions();
        options.AddTo(command);
        var arguments = Samples.Where(sample => sample.Key is not "--balanced-sampling").SelectMany(sample => new[] { sample.Key, sample.Value })
            .Concat(["--dataset", "images", "--balanced-sampling", "--image-size", "24x16", "--preset", "fast", "--seed", "5", "--validation-fraction", "0.3"]);
        var parsed = command.Parse([.. arguments]);
        Assert.IsEmpty(parsed.Errors, string.Join(" ", parsed.Errors.Select(error => error.Message)));
        var request = options.Request(parsed);
        CollectionAssert.AreEquivalent(TrainingOptionTable.All.Select(row => row.Flag).ToList(), request.Chosen.Select(value => value.Option.Flag).ToList());
        var trained = request.Options();
        foreach (var row in TrainingOptionTable.All)
            Assert.AreEqual(OptionValues.Text(row.Located(OptionValues.Parse(row.Type, Samples[row.Flag]), Path.GetFullPath)), OptionValues.Text(row.Get(trained)), row.Flag);
        Assert.AreEqual((24, 16, 5, 0.3), (trained.ImageHeight, trained.ImageWidth, trained.Seed, request.ValidationFraction));
    }

    [TestMethod]
    [FieldReport(27)]
    public void Values_out_of_range_are_errors_of_the_command_line_under_its_own_names()
    {
        Assert.Contains("--optimizer is 'adam'; it must be one of sgd, ", Tool.Run("train", "--dataset", "nowhere", "--optimizer", "adam").Must(2).Error);
        Assert.Contains("--epoch is 'many'; it must be a whole number.", Tool.Run("train", "--dataset", "nowhere", "--epoch", "many").Must(2).Error);
        var result = Tool.Run("train", "--dataset", "nowhere", "--learning-rate", "0", "--mixup-alpha", "11", "--warm-up-epochs", "30").Must(2);
        Assert.Contains("--learning-rate is 0; it must be above 0 and at most 100.", result.Error);
        Assert.Contains("--mixup-alpha is 11; it must be at least 0 and at most 10.", result.Error);
        Assert.Contains("--warm-up-epochs is 30; it must be at most --epoch, which is 20 by default.", result.Error);
    }

    [TestMethod]
    public void The_lines_of_code_set_the_same_values_in_every_preset()
    {
        var presets = Enum.GetValues<TrainingPreset>();
        var methods = presets.SelectMany(preset => TrainingOptionTable.All.Select((row, index) => $$"""
                public static Rf3dImageClassificationTrainer.Options {{preset}}{{index}}()
                {
                    var options = Rf3dImageClassificationTrainer.Options.FromPreset(TrainingPreset.{{preset}});
                    {{row.Code(OptionValues.Parse(row.Type, Samples[row.Flag]))}}
                    return options;
                }
            """));
        var generated = Compile($$"""
            using System;
            using Rf3d.MLNet;
            using Rf3d.Planning;
            public static class Generated
            {
            {{string.Join("\n", methods)}}
            }
            """).GetType("Generated")!;
        foreach (var preset in presets)
        {
            foreach (var (index, row) in TrainingOptionTable.All.Index())
            {
                var options = (TrainerOptions)generated.GetMethod($"{preset}{index}")!.Invoke(null, null)!;
                Assert.AreEqual(OptionValues.Text(OptionValues.Parse(row.Type, Samples[row.Flag])), OptionValues.Text(row.Get(options)), row.Flag);
            }
        }
    }

    private static TrainingHistory History => new()
    {
        Epochs = [],
        BestEpoch = 1,
        StopReason = TrainingStopReason.Completed,
        Device = "cpu",
        Seed = 1,
        TrainingImages = 10,
        ValidationImages = 2,
        BatchSize = 8,
        LearningRate = 0.05,
        Precision = TrainingPrecision.Float32,
    };

    private static Assembly Compile(string code)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create("Generated", [CSharpSyntaxTree.ParseText(code)], references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        using var stream = new MemoryStream();
        var result = compilation.Emit(stream);
        Assert.IsTrue(result.Success, string.Join("\n", result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Take(10)));
        stream.Position = 0;
        return AssemblyLoadContext.Default.LoadFromStream(stream);
    }
}
