using System.Globalization;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>
/// What an experiment chooses from: each base network with each width, decomposition, image size and recipe is a candidate. The defaults are twelve.
/// </summary>
public sealed class Rf3dSearchSpace
{
    /// <summary>Base networks of the catalogue. Default: ResNet18Slim, MobileNet and Vgg11.</summary>
    public IReadOnlyList<Architecture> Architectures { get; set; } = [Architecture.ResNet18Slim, Architecture.MobileNet, Architecture.Vgg11];

    /// <summary>Base networks of your own, each with a name of its own; widths are not for them. Default: none.</summary>
    public IReadOnlyList<ConvNet> Networks { get; set; } = [];

    /// <summary>Factors on the channels of <see cref="Architectures"/>: above 0, at most 16. Default: 1 and 0.5.</summary>
    public IReadOnlyList<double> WidthMultipliers { get; set; } = [1, 0.5];

    /// <summary>
    /// Weights that candidates start from, as in <see cref="Rf3dImageClassificationTrainer.Options.Pretrained"/>: "none" for base networks with drawn weights; a pretrained network, by a name of
    /// <see cref="PretrainedWeights.Names"/> or as a file, which is a base network of its own in its own width; a model or checkpoint of this trainer, whose weights go into the base networks. "auto" is
    /// the base networks, and for photographs (larger than 64 pixels, at most 20,000 of them) also the pretrained network of the first name, if its weights are on this machine. Default: "auto".
    /// </summary>
    /// <remarks>Where <see cref="Rf3dExperimentSettings.TrainerOptions"/> name weights, all base networks start from them, and this has to be the default.</remarks>
    public IReadOnlyList<string> Pretrained { get; set; } = [PretrainedChoice.Automatic];

    /// <summary>Which blocks of cheap kernels stand in for convolutions. Default: none, and the cheapest that keep the paper's rule.</summary>
    public IReadOnlyList<Decomposition> Decompositions { get; set; } = [Decomposition.Off, Decomposition.Auto];

    /// <summary>Sizes in pixels that images are resized to, squares. Default: none given, so that the trainer's choice for the images holds.</summary>
    public IReadOnlyList<int> ImageSizes { get; set; } = [];

    /// <summary>Ways of training. Default: the options of the settings as they are.</summary>
    public IReadOnlyList<Rf3dRecipe> Recipes { get; set; } = [Rf3dRecipe.Default];

    /// <summary>A list that is empty and must not be; a value that appears twice, or is out of range.</summary>
    internal IEnumerable<OptionError> Errors()
    {
        List<OptionError> errors = [];
        if (Architectures.Count + Networks.Count == 0)
            errors.Add(new(nameof(Architectures), Architectures, $"{new OptionName(nameof(Architectures))} and {new OptionName(nameof(Networks))} are both empty; there must be a base network."));
        RequireSome(WidthMultipliers, nameof(WidthMultipliers));
        RequireSome(Pretrained, nameof(Pretrained));
        RequireSome(Decompositions, nameof(Decompositions));
        RequireSome(Recipes, nameof(Recipes));
        RequireDifferent(Architectures.Select(architecture => architecture.ToString()), nameof(Architectures));
        RequireDifferent(Networks.Select(network => network.Name), nameof(Networks));
        RequireDifferent(WidthMultipliers.Select(width => width.ToString(CultureInfo.InvariantCulture)), nameof(WidthMultipliers));
        RequireDifferent(Pretrained.Select(name => Path.GetFileName(name)), nameof(Pretrained));
        RequireDifferent(Decompositions.Select(decomposition => decomposition.ToString()), nameof(Decompositions));
        RequireDifferent(ImageSizes.Select(size => size.ToString(CultureInfo.InvariantCulture)), nameof(ImageSizes));
        RequireDifferent(Recipes.Select(recipe => recipe.Name), nameof(Recipes));
        errors.AddRange(WidthMultipliers.Where(width => !(width is > 0 and <= 16)).Select(width =>
            new OptionError(nameof(WidthMultipliers), width, $"{new OptionName(nameof(WidthMultipliers))} has {width}; a width must be above 0 and at most 16.")));
        errors.AddRange(ImageSizes.Where(size => size is < 1 or > 4096).Select(size =>
            new OptionError(nameof(ImageSizes), size, $"{new OptionName(nameof(ImageSizes))} has {size}; a size must be at least 1 and at most 4096.")));
        errors.AddRange(Pretrained.Where(name => !PretrainedChoice.IsKnown(name)).Select(name =>
            new OptionError(nameof(Pretrained), name, $"{new OptionName(nameof(Pretrained))} has '{name}', which is no file. Values are {PretrainedChoice.Values}.")));
        return errors;

        void RequireSome<T>(IReadOnlyList<T> list, string name)
        {
            if (list.Count == 0)
                errors.Add(new(name, list, $"{new OptionName(name)} is empty; it must have a value."));
        }

        void RequireDifferent(IEnumerable<string> names, string list) => errors.AddRange(
            names.GroupBy(name => name, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => new OptionError(list, group.Key, $"{new OptionName(list)} has '{group.Key}' twice.")));
    }
}
