using Rf3d.Planning;

namespace Rf3d.MLNet.Tests.Training;

[TestClass]
public class BatchChoiceTests
{
    private const long Much = 80_000_000_000;

    [TestMethod]
    [DataRow(100)]
    [DataRow(50_000)]
    public void On_a_cpu_it_is_32_at_a_rate_of_0_05(long images) =>
        AssertChoice(32, 0.05, Choose(null, null, images, Layout(Architecture.ResNet18, 32), isGpu: false, null));

    // An epoch has 64 steps, of 32 images at least; more than the network needs to keep a GPU busy are no use.
    [TestMethod]
    [DataRow(Architecture.ResNet18, 32, 45_000, 512, 0.2)]
    [DataRow(Architecture.ResNet18, 32, 5_000, 64, 0.0707)]
    [DataRow(Architecture.ResNet18, 32, 1_000, 32, 0.05)]
    [DataRow(Architecture.ResNet18, 32, 1_000_000, 1024, 0.2828)]
    [DataRow(Architecture.MobileNet, 32, 45_000, 512, 0.2)]
    [DataRow(Architecture.ResNet50, 224, 1_200_000, 256, 0.1414)]
    public void On_a_gpu_it_goes_by_the_images_and_the_network(Architecture architecture, int size, long images, int batch, double rate) =>
        AssertChoice(batch, rate, Choose(null, null, images, Layout(architecture, size), isGpu: true, Much));

    [TestMethod]
    [DataRow(16_000_000_000, 128)]
    [DataRow(4_000_000_000, 32)]
    [DataRow(1_000_000_000, 2)]
    public void It_goes_by_the_memory_where_that_is_short(long free, int batch) =>
        Assert.AreEqual(batch, Choose(null, null, 1_200_000, Layout(Architecture.ResNet50, 224), isGpu: true, free).Size);

    [TestMethod]
    public void Where_memory_is_not_known_it_is_tried() =>
        Assert.AreEqual(256, Choose(null, null, 1_200_000, Layout(Architecture.ResNet50, 224), isGpu: true, null).Size);

    [TestMethod]
    public void Requested_values_are_kept()
    {
        var layout = Layout(Architecture.ResNet18, 32);
        AssertChoice(200, 0.05, Choose(200, null, 45_000, layout, isGpu: true, Much));
        AssertChoice(200, 0.3, Choose(200, 0.3, 45_000, layout, isGpu: false, null));
        AssertChoice(512, 0.3, Choose(null, 0.3, 45_000, layout, isGpu: true, Much));
    }

    [TestMethod]
    public void A_batch_that_does_not_fit_is_halved_and_the_automatic_rate_is_lowered()
    {
        var choice = new BatchChoice(512, BatchChoice.RateFor(512), "");
        List<int> tried = [];
        AssertChoice(128, 0.1, TrialStep.Lower(choice, null, Fits));
        CollectionAssert.AreEqual(new[] { 512, 256, 128 }, tried);
        AssertChoice(128, 0.3, TrialStep.Lower(choice, 0.3, Fits));
        Assert.AreEqual(2, TrialStep.Lower(choice, null, _ => false).Size);

        bool Fits(int size)
        {
            tried.Add(size);
            return size <= 128;
        }
    }

    [TestMethod]
    [DataRow(TrainingOptimizer.Sgd, true)]
    [DataRow(TrainingOptimizer.Muon, true)]
    [DataRow(TrainingOptimizer.Muon, false)]
    public void A_trial_step_goes_through(TrainingOptimizer optimizer, bool asOnGpu)
    {
        var settings = SmallTraining.Settings.With(recipe => { recipe.Optimizer = optimizer; recipe.Reparameterization = true; }) with { Precision = TrainingPrecision.BFloat16, Forms = asOnGpu ? StepForms.Gpu : null };
        Assert.IsTrue(TrialStep.Fits(SmallTraining.Layout, settings));
    }

    [TestMethod]
    public void A_trial_step_that_needs_too_much_says_so() =>
        Assert.IsFalse(TrialStep.Fits(SmallTraining.Layout, SmallTraining.Settings.With(recipe => recipe.BatchSize = int.MaxValue)));

    [TestMethod]
    public void Images_that_stay_on_the_gpu_leave_less_room_for_a_batch()
    {
        var layout = Layout(Architecture.ResNet50, 224);
        Assert.AreEqual(128, Choose(null, null, 1_200_000, layout, isGpu: true, 16_000_000_000).Size);
        Assert.AreEqual(64, Choose(null, null, 1_200_000, layout, isGpu: true, 16_000_000_000, imageBytes: 6_000_000_000).Size);
    }

    private static BatchChoice Choose(int? size, double? rate, long images, NetworkLayout layout, bool isGpu, long? free, long? imageBytes = null) =>
        BatchChoice.Of(size, rate, images, layout, isGpu, free, batch => TrainingMemory.Of(layout, new(), TrainingPrecision.BFloat16, StepForms.Gpu, batch, new(imageBytes)));

    private static NetworkLayout Layout(Architecture architecture, int size) => NetworkLayout.Of(ConvNetFactory.Create(architecture, size, size, 10));

    private static void AssertChoice(int size, double rate, BatchChoice choice)
    {
        Assert.AreEqual(size, choice.Size);
        Assert.AreEqual(rate, choice.LearningRate, 1e-4);
    }
}
