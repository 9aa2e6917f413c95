using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Rf3d.MLNet;
using Rf3d.Planning;

namespace Rf3d.ModelBuilder;

/// <summary><c>rf3d plan</c>: the planner's result for a network, without images and without training.</summary>
internal static class PlanCommand
{
    private const int MaximumBatchSize = 1 << 20;

    public static Command Create(CommandConsole console, CancellationToken cancellation)
    {
        var architecture = new Option<Architecture>("--architecture") { HelpName = "NETWORK", Description = $"The network to start from: {string.Join(", ", Enum.GetNames<Architecture>())}.", DefaultValueFactory = _ => Architecture.ResNet18Slim };
        var imageSize = new Option<Size2D?>("--image-size") { HelpName = "SIZE", Description = "Height and width of the images in pixels: N, or HEIGHTxWIDTH.", DefaultValueFactory = _ => 32, CustomParser = argument => ImageSizeParser.Parse(argument, ConvNetFactory.MaximumImageSize) };
        var classes = new Option<int>("--classes") { HelpName = "N", Description = "Number of classes.", DefaultValueFactory = _ => 10 };
        var width = new Option<double>("--width-multiplier") { HelpName = "FACTOR", Description = "Factor on the channels of every convolution.", DefaultValueFactory = _ => 1 };
        var clamping = new Option<ReceptiveFieldClamping>("--clamping") { Description = "Whether fields are limited to the input of a stage (clamped) or not (unclamped)." };
        var alpha = new Option<double>("--alpha") { HelpName = "N", Description = "Decay of the gain, Eq. 7 of the paper.", DefaultValueFactory = _ => 3 };
        var threshold = new Option<double>("--threshold") { HelpName = "N", Description = "Threshold θ of the organizer: a unit whose gain reaches it in no stage is removed; 0 removes none." };
        var maxMacs = new Option<long?>("--max-macs") { HelpName = "N", Description = "Most multiply-accumulates for one image." };
        var maxParameters = new Option<long?>("--max-parameters") { HelpName = "N", Description = "Most learned parameters." };
        var depths = new Option<int[]?>("--depths") { HelpName = "N,N,...", Description = "Units in each stage, as in 4,3,2,3,1. The organizer is then turned off.", CustomParser = ParseDepths };
        var noOrganizer = new Option<bool>("--no-organizer") { Description = "Leave the stages unchanged." };
        var decomposition = new Option<Decomposition>("--decomposition")
        {
            HelpName = "BLOCK",
            Description = "Blocks that replace convolutions: off, auto, or one block such as dw+pw, dw+shuffle+gpw-g4 or dw+rpw-g2-o50.",
            DefaultValueFactory = _ => Decomposition.Off,
            CustomParser = ParseDecomposition,
        };
        var rule = new Option<ReplacementRuleMode>("--rule") { Description = "What happens where the chosen block breaks the Rule of Kernel Replacement: required (an error), preferred (DW+PW is used there), ignored (the block is used anyway)." };
        var batchSize = new Option<int?>("--batch-size") { HelpName = "N", Description = "Also show the memory that a training on a GPU takes with N images a step." };
        var json = new Option<bool>("--json") { Description = "Print JSON instead of a table." };
        OptionLimits.Between(classes, 1, ConvNetFactory.MaximumClasses);
        OptionLimits.Between(batchSize, 1, MaximumBatchSize);
        var command = new Command("plan", "Plans a network, without training.")
        {
            architecture, imageSize, classes, width, clamping, alpha, threshold, maxMacs, maxParameters, depths, noOrganizer, decomposition, rule, batchSize, json,
        };
        command.SetAction(arguments =>
        {
            var size = arguments.GetValue(imageSize)!.Value;
            var network = ConvNetFactory.Create(arguments.GetValue(architecture), size.Height, size.Width, arguments.GetValue(classes), arguments.GetValue(width));
            var blocks = arguments.GetValue(depths) ?? [];
            if (blocks.Length > 0)
                network = network.WithStageDepths(blocks);
            var isOrganized = blocks.Length == 0 && !arguments.GetValue(noOrganizer);
            var organizer = (isOrganized ? new OrganizerOptions() : OrganizerOptions.Off) with
            {
                Threshold = arguments.GetValue(threshold),
                MaxMacs = arguments.GetValue(maxMacs),
                MaxParameters = arguments.GetValue(maxParameters),
                ReceptiveField = new() { Clamping = arguments.GetValue(clamping), Alpha = arguments.GetValue(alpha) },
            };
            var plan = NetworkPlan.Create(network, organizer, arguments.GetValue(decomposition)! with { Rule = arguments.GetValue(rule) });
            cancellation.ThrowIfCancellationRequested();
            var memory = arguments.GetValue(batchSize) is { } images ? TrainingMemory.OnGpu(plan.Optimized, images) : null;
            console.Out.WriteLine(!arguments.GetValue(json) ? plan.ToString() : memory is null ? plan.ToJson() : PlanMemory.Json(plan, memory));
            if (!arguments.GetValue(json) && memory is not null)
                console.Out.WriteLine(PlanMemory.Text(memory));
            if (!arguments.GetValue(json) && ImageSizeNote.Of(arguments.GetValue(architecture), arguments.GetValue(width), plan) is { } note)
                console.Out.WriteLine(note);
            return ExitCode.Ok;
        });
        return command;
    }

    private static int[]? ParseDepths(ArgumentResult argument)
    {
        var numbers = argument.Tokens[0].Value.Split(',');
        if (numbers.All(number => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var depth) && depth is >= 1 and <= ConvNet.MaximumStageDepth))
            return Array.ConvertAll(numbers, number => int.Parse(number, CultureInfo.InvariantCulture));
        argument.AddError(Numbers.Text($"--depths is a list of numbers from 1 to {ConvNet.MaximumStageDepth}, as in 4,3,2,3,1; '{argument.Tokens[0].Value}' is none."));
        return null;
    }

    private static Decomposition? ParseDecomposition(ArgumentResult argument)
    {
        try
        {
            return Decomposition.Parse(argument.Tokens[0].Value);
        }
        catch (FormatException error)
        {
            argument.AddError(error.Message);
            return null;
        }
    }
}
