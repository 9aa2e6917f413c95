using Rf3d.MLNet;

namespace Rf3d.ModelBuilder.Tests.Training;

[TestClass]
public class ValidationChoiceTests
{
    [TestMethod]
    [DataRow(null, false, false, "the best epoch")]
    [DataRow(null, false, true, "the best candidate and the best epoch")]
    [DataRow(Adaptation.Probe, false, false, null)]
    [DataRow(Adaptation.Probe, true, false, "the probe in place of the fine-tuned network")]
    [DataRow(Adaptation.Probe, false, true, "the best candidate")]
    [DataRow(Adaptation.FineTune, false, false, "the best epoch")]
    [DataRow(Adaptation.FineTune, true, false, "the fine-tuned network in place of the probe and the best epoch")]
    [DataRow(Adaptation.FineTune, true, true, "the best candidate, the fine-tuned network in place of the probe and the best epoch")]
    public void All_that_validation_images_chose_is_named(Adaptation? adaptation, bool isChosen, bool isBestOfCandidates, string? expected) =>
        Assert.AreEqual(expected, ValidationChoice.Of(History(adaptation, isChosen), isBestOfCandidates));

    [TestMethod]
    public void A_model_that_does_not_say_how_it_was_trained_counts_as_trained_in_epochs() => Assert.AreEqual("the best epoch", ValidationChoice.Of(null, isBestOfCandidates: false));

    private static TrainingHistory History(Adaptation? adaptation, bool isChosen) => new()
    {
        Epochs = [],
        BestEpoch = 1,
        StopReason = TrainingStopReason.Completed,
        Device = "cpu",
        Seed = 1,
        TrainingImages = 1_000,
        ValidationImages = 100,
        BatchSize = 32,
        LearningRate = 0.1,
        Precision = TrainingPrecision.Float32,
        Pretrained = adaptation is not { } kind ? null : new() { Name = "photographs", Sha256 = "00", KeptParameters = 9, Adaptation = kind, IsChosenByValidation = isChosen },
    };
}
