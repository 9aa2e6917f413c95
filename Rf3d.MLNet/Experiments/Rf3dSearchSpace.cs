using System.Globalization;
using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>The candidates of an experiment: each base network with each width, decomposition, image size and recipe. The defaults give twelve.</summary>
public sealed class Rf3dSearchSpace
{
    /// <summary>Base networks of the catalogue.</summary>
    /// <value>Default: ResNet18Slim, MobileNet and Vgg11.</value>
    public IReadOnlyList<Architecture> Architectures { get; set; } = [Architecture.ResNet18Slim, Architecture.MobileNet, Architecture.Vgg11];

    /// <summary>Your own base networks, each with a different name.</summary>
    /// <value>Default: none.</value>
    /// <remarks><see cref="WidthMultipliers"/> do not apply to them.</remarks>
    public IReadOnlyList<ConvNet> Networks { get; set; } = [];

    /// <summary>Factors on the number of channels of <see cref="Architectures"/>.</summary>
    /// <value>Above 0, at most 16. Default: 1 and 0.5.</value>
    public IReadOnlyList<double> WidthMultipliers { get; set; } = [1, 0.5];

    /// <summary>Weights that candidates start from.</summary>
    /// <value>
    /// "auto"; "none"; a name of <see cref="PretrainedWeights.Names"/>; or a path, as in <see cref="Rf3dImageClassificationTrainer.Options.Pretrained"/>. Default:
    /// "auto".
    /// </value>
    /// <remarks>
    /// <para>"none" are the base networks with random weights. A pretrained network, by name or as a file, is another base network, in its own width. The weights of a
    /// model or checkpoint of this trainer go into the base networks. "auto" are the base networks and, for photographs (larger than 64 pixels, at most 20,000 of them) and for
    /// fewer than 1,000 small images, the pretrained network of the first name if its weights are on this machine (see <see cref="Rf3dImageClassificationTrainer.Options.Pretrained"/>).</para>
    /// <para>If <see cref="Rf3dExperimentSettings.TrainerOptions"/> name weights, all base networks start from them, and this property must have its default.</para>
    /// </remarks>
    public IReadOnlyList<string> Pretrained { get; set; } = [PretrainedChoice.Automatic];

    /// <summary>Cheaper blocks that replace convolutions.</summary>
    /// <value>Default: none, and the cheapest that keep the Rule of Kernel Replacement.</value>
    public IReadOnlyList<Decomposition> Decompositions { get; set; } = [Decomposition.Off, Decomposition.Auto];

    /// <summary>Sizes of the images that networks see, as squares.</summary>
    /// <value>Pixels, 1 to 4,096. Default: none, which leaves the choice to the trainer.</value>
    public IReadOnlyList<int> ImageSizes { get; set; } = [];

    /// <summary>Recipes, changes to <see cref="Rf3dExperimentSettings.TrainerOptions"/>.</summary>
    /// <value>Default: no change.</value>
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
            new OptionError(nameof(Pretrained), name, $"{new OptionName(nameof(Pretrained))} has '{name}', which is not a file. Values are {PretrainedChoice.Values}.")));
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
