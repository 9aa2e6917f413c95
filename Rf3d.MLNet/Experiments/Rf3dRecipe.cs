using System.Reflection;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>A way of training that an experiment may try: a name, and what it changes in the trainer's options.</summary>
/// <remarks>
/// An experiment sets network, width, decomposition, image size, seed, checkpoints and validation itself; a recipe may change everything else:
/// <code>new Rf3dRecipe("adam", options => (options.Optimizer, options.LearningRate) = (TrainingOptimizer.AdamW, 0.002))</code>
/// </remarks>
/// <param name="Name">How it is called in tables and names of candidates.</param>
/// <param name="Configure">Changes the options of one candidate. It must do the same each time: an experiment that is resumed calls it again.</param>
public sealed record Rf3dRecipe(string Name, Action<TrainerOptions> Configure)
{
    /// <summary>The options of the settings as they are.</summary>
    public static Rf3dRecipe Default { get; } = new("default", _ => { });

    /// <summary>What a preset sets, over the options of the settings.</summary>
    /// <param name="preset">The preset; its image size holds unless the search space has sizes.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such preset.</exception>
    public static Rf3dRecipe FromPreset(TrainingPreset preset)
    {
        var (plain, set) = (new TrainerOptions(), TrainerOptions.FromPreset(preset));
        var changes = typeof(TrainerOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Select(property => (Property: property, Value: property.GetValue(set)))
            .Where(change => !Equals(change.Value, change.Property.GetValue(plain)))
            .ToList();
        return new(preset.ToString(), options => changes.ForEach(change => change.Property.SetValue(options, change.Value)));
    }
}
