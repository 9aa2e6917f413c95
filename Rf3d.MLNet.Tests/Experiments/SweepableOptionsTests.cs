using System.ComponentModel.DataAnnotations;
using System.Reflection;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.MLNet.Tests.Experiments;

/// <summary>The requirements of ML.NET's <c>CreateSweepableEstimator&lt;T&gt;</c> and <c>SearchSpace&lt;T&gt;</c> on the trainer's options class.</summary>
[TestClass]
public class SweepableOptionsTests
{
    [TestMethod]
    public void The_options_are_a_public_class_with_a_public_parameterless_constructor()
    {
        Assert.IsTrue(typeof(TrainerOptions) is { IsClass: true, IsNestedPublic: true });
        Assert.IsNotNull(typeof(TrainerOptions).GetConstructor(BindingFlags.Public | BindingFlags.Instance, []));
    }

    [TestMethod]
    [DataRow(nameof(TrainerOptions.WidthMultiplier), typeof(double))]
    [DataRow(nameof(TrainerOptions.LearningRate), typeof(double?))]
    [DataRow(nameof(TrainerOptions.WeightDecay), typeof(double))]
    [DataRow(nameof(TrainerOptions.LabelSmoothing), typeof(double))]
    [DataRow(nameof(TrainerOptions.Momentum), typeof(double))]
    [DataRow(nameof(TrainerOptions.BatchSize), typeof(int?))]
    [DataRow(nameof(TrainerOptions.Epoch), typeof(int?))]
    public void Options_that_a_sweep_varies_have_a_setter_and_a_range(string name, Type type)
    {
        var property = typeof(TrainerOptions).GetProperty(name)!;
        Assert.AreEqual(type, property.PropertyType);
        Assert.IsTrue(property.SetMethod!.IsPublic && property.SetMethod.ReturnParameter.GetRequiredCustomModifiers().Length == 0);
        Assert.IsNotNull(property.GetCustomAttribute<RangeAttribute>());
    }
}
