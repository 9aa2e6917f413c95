// Shows what the planner makes of a network, without training it:
//
//   dotnet run -c Release --project examples/PlanArchitecture -- --architecture vgg16 --image-size 32 --classes 10
//   dotnet run -c Release --project examples/PlanArchitecture -- --architecture resnet50 --image-size 224 --classes 1000 --max-macs 3000000000 --json
//   dotnet run -c Release --project examples/PlanArchitecture -- --architecture vgg16 --depths 4,3,2,3,1 --decomposition auto
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Rf3d.Planning;

var architecture = new Option<Architecture>("--architecture") { Description = "The network to start from.", DefaultValueFactory = _ => Architecture.ResNet18Slim };
var imageSize = new Option<int>("--image-size") { Description = "Height and width of the images in pixels.", DefaultValueFactory = _ => 32 };
var classes = new Option<int>("--classes") { Description = "Number of classes.", DefaultValueFactory = _ => 10 };
var width = new Option<double>("--width-multiplier") { Description = "Factor on the channels of every convolution.", DefaultValueFactory = _ => 1 };
var clamping = new Option<ReceptiveFieldClamping>("--clamping") { Description = "Whether fields stop at a stage's input (clamped: the paper's text) or not (unclamped: its CIFAR tables)." };
var alpha = new Option<double>("--alpha") { Description = "Decay of the gain, Eq. 7.", DefaultValueFactory = _ => 3 };
var threshold = new Option<double>("--threshold") { Description = "θ: a gain above it is worth a unit." };
var maxMacs = new Option<long?>("--max-macs") { Description = "Most multiply-accumulates for one image." };
var maxParameters = new Option<long?>("--max-parameters") { Description = "Most learned parameters." };
var depths = new Option<string?>("--depths") { Description = "Units in each stage, as in 4,3,2,3,1; the organizer is then off." };
var noOrganizer = new Option<bool>("--no-organizer") { Description = "Leave the stages unchanged." };
var decomposition = new Option<Decomposition>("--decomposition")
{
    Description = "Blocks that replace convolutions: off, auto, dw+pw, dw+shuffle+gpw-g4, dw+rpw-g2-o50 (o33 is a third).",
    DefaultValueFactory = _ => Decomposition.Off,
    CustomParser = Parse,
};
var rule = new Option<ReplacementRuleMode>("--rule") { Description = "What becomes of a stage where the chosen block breaks the Rule of Kernel Replacement: required (an error), preferred (DW+PW there), ignored." };
var maxGroups = new Option<int>("--max-groups") { Description = "For --decomposition auto: the most groups of a block.", DefaultValueFactory = _ => Decomposition.Auto.MaxGroups };
var json = new Option<bool>("--json") { Description = "Print JSON instead of a table." };

var command = new RootCommand("Plans a convolutional network by its 3D receptive field, without training.")
{
    architecture, imageSize, classes, width, clamping, alpha, threshold, maxMacs, maxParameters, depths, noOrganizer, decomposition, rule, maxGroups, json,
};
command.SetAction(arguments =>
{
    try
    {
        var size = arguments.GetValue(imageSize);
        var network = ConvNetFactory.Create(arguments.GetValue(architecture), size, size, arguments.GetValue(classes), arguments.GetValue(width));
        var units = arguments.GetValue(depths);
        if (units is not null)
            network = network.WithStageDepths([.. units.Split(',').Select(depth => int.Parse(depth, CultureInfo.InvariantCulture))]);
        var isOrganized = units is null && !arguments.GetValue(noOrganizer);
        var organizer = (isOrganized ? new OrganizerOptions() : OrganizerOptions.Off) with
        {
            Threshold = arguments.GetValue(threshold),
            MaxMacs = arguments.GetValue(maxMacs),
            MaxParameters = arguments.GetValue(maxParameters),
            ReceptiveField = new() { Clamping = arguments.GetValue(clamping), Alpha = arguments.GetValue(alpha) },
        };
        var plan = NetworkPlan.Create(
            network, organizer, arguments.GetValue(decomposition)! with { Rule = arguments.GetValue(rule), MaxGroups = arguments.GetValue(maxGroups) });
        Console.WriteLine(arguments.GetValue(json) ? plan.ToJson() : plan.ToString());
        return 0;
    }
    catch (Exception error) when (error is ArgumentException or InvalidOperationException or FormatException or OverflowException)
    {
        Console.Error.WriteLine(error.Message);
        return 1;
    }
});
return command.Parse(args).Invoke();

static Decomposition? Parse(ArgumentResult argument)
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
