using System.Reflection;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet;

/// <summary>A recipe that an experiment may try: a name, and the changes to the options of the trainer.</summary>
/// <param name="Name">Name in tables and in names of candidates.</param>
/// <param name="Configure">Changes the options of one candidate. It must make the same changes each time, because a resumed experiment calls it again.</param>
/// <remarks>
/// An experiment sets network, width, decomposition, seed, checkpoints, validation and cancellation itself. A recipe may change everything else. An image size of a recipe is
/// used if <see cref="Rf3dSearchSpace.ImageSizes"/> is empty.
/// <code>new Rf3dRecipe("adam", options => (options.Optimizer, options.LearningRate) = (TrainingOptimizer.AdamW, 0.002))</code>
/// </remarks>
public sealed record Rf3dRecipe(string Name, Action<TrainerOptions> Configure)
{
    /// <summary>The options of the settings as they are.</summary>
    public static Rf3dRecipe Default { get; } = new("default", _ => { });

    /// <summary>The changes of a preset to the options of the settings.</summary>
    /// <param name="preset">The preset. Its image size is used unless the search space has sizes.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such preset.</exception>
    public static Rf3dRecipe FromPreset(TrainingPreset preset)
    {
        var (plain, set) = (new TrainerOptions(), TrainerOptions.FromPreset(preset));
        var changes = typeof(TrainerOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Select(property => (Property: property, Value: property.GetValue(set)))
            .Where(change => !Equals(change.Value, change.Property.GetValue(plain)))
            .ToList();
        return new(preset.ToString(), options =>
        {
            changes.ForEach(change => change.Property.SetValue(options, change.Value));
            options.Preset = preset;
        });
    }
}
