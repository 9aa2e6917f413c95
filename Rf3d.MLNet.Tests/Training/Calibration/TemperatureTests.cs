namespace Rf3d.MLNet.Tests.Training.Calibration;

/// <summary>Temperatures against solutions in closed form, and when one is used.</summary>
[TestClass]
public class TemperatureTests
{
    [TestMethod]
    [DataRow(200, 150, 3f)]
    [DataRow(100, 99, 2f)]
    [DataRow(1000, 600, 0.5f)]
    [DataRow(40, 40, 5f)]
    public void Two_classes_with_one_margin_have_the_temperature_of_their_odds(int images, int right, float margin)
    {
        // The best sigmoid(margin / T) is the share of right answers, one image in n + 2 being of either class.
        var byChance = 1.0 / (images + 2);
        var share = ((1 - byChance) * right / images) + (byChance / 2);
        var expected = margin / Math.Log(share / (1 - share));
        Assert.AreEqual(expected, TemperatureFit.Of(OneMargin(images, right, margin)), 1e-6 * expected);
    }

    [TestMethod]
    public void Outputs_that_are_four_times_as_large_have_four_times_the_temperature()
    {
        var images = Drawn(300, 5, 1);
        var larger = images with { Logits = [.. images.Logits.Select(logit => 4 * logit)] };
        Assert.AreEqual(4 * TemperatureFit.Of(images), TemperatureFit.Of(larger), 1e-5);
        // A number that is added to all outputs of an image changes nothing.
        var higher = images with { Logits = [.. images.Logits.Select((logit, index) => logit + (index / 5))] };
        Assert.AreEqual(TemperatureFit.Of(images), TemperatureFit.Of(higher), 1e-3);
    }

    [TestMethod]
    public void The_fit_is_a_minimum_of_the_loss()
    {
        var images = Drawn(500, 7, 0.3f);
        var best = TemperatureFit.Of(images);
        foreach (var other in new[] { 0.9 * best, 1.1 * best })
            Assert.IsGreaterThan(TemperatureFit.Losses(images, best).Average(), TemperatureFit.Losses(images, other).Average());
    }

    [TestMethod]
    public void Losses_are_those_of_the_softmax()
    {
        var losses = TemperatureFit.Losses(new([1, 3, 0, 0], [0, 1]), 2);
        Assert.AreEqual(Math.Log(1 + Math.Exp(1)), losses[0], 1e-12);
        Assert.AreEqual(Math.Log(2), losses[1], 1e-12);
        Assert.ThrowsExactly<ArgumentException>(() => TemperatureFit.Of(new([], [])));
    }

    [TestMethod]
    public void A_model_that_is_too_sure_gets_a_higher_temperature_and_a_lower_error()
    {
        var images = Drawn(2000, 5, 1);
        var tooSure = images with { Logits = [.. images.Logits.Select(logit => 3 * logit)] };
        var calibration = TemperatureChoice.Of(tooSure)!;
        Assert.AreEqual(3, calibration.Temperature, 0.3);
        Assert.IsTrue(calibration.IsApplied);
        Assert.AreEqual(2000, calibration.Images);
        Assert.IsLessThan(calibration.LogLossBefore, calibration.LogLossAfter);
        Assert.IsLessThan(0.5 * calibration.CalibrationErrorBefore, calibration.CalibrationErrorAfter);
        Assert.AreEqual(TemperatureFit.Losses(tooSure, 1).Average(), calibration.LogLossBefore, 1e-12);
    }

    [TestMethod]
    public void A_temperature_that_does_not_help_other_images_is_not_used()
    {
        // The images of each fold say the opposite of all others.
        var images = new HeldOutLogits([.. Enumerable.Range(0, 200).SelectMany(_ => new[] { 1f, 0f })], [.. Enumerable.Range(0, 200).Select(image => image % 5 == 0 ? 1L : image % 20 == 1 ? 1 : 0)]);
        var sure = TemperatureChoice.Of(images with { Logits = [.. images.Logits.Select(logit => logit * (float)(1 / TemperatureFit.Of(images)))] })!;
        Assert.AreEqual(1, sure.Temperature);
        Assert.IsFalse(sure.IsApplied);
        Assert.AreEqual((sure.LogLossBefore, sure.CalibrationErrorBefore), (sure.LogLossAfter, sure.CalibrationErrorAfter));
    }

    [TestMethod]
    public void Few_images_and_values_that_are_no_numbers_are_not_calibrated_by()
    {
        Assert.IsNull(TemperatureChoice.Of(null));
        Assert.IsNull(TemperatureChoice.Of(Drawn(TemperatureChoice.FewestImages - 1, 3, 1)));
        var images = Drawn(TemperatureChoice.FewestImages, 3, 1);
        Assert.IsNotNull(TemperatureChoice.Of(images));
        images.Logits[5] = float.NaN;
        Assert.IsNull(TemperatureChoice.Of(images));
    }

    [TestMethod]
    public void The_calibration_error_is_the_mean_distance_of_accuracy_and_confidence()
    {
        Assert.AreEqual(0, CalibrationError.Of([]));
        // One bin: 0.6 sure, half of them right. Another: sure and right.
        Assert.AreEqual(0.05, CalibrationError.Of([(0.6, true), (0.6, false), (1, true), (1, true)]), 1e-12);
        Assert.AreEqual((0, 0, 14), (CalibrationError.BinOf(0), CalibrationError.BinOf(1.0 / 15), CalibrationError.BinOf(1)));
    }

    private static HeldOutLogits OneMargin(int images, int right, float margin) =>
        new([.. Enumerable.Range(0, images).SelectMany(_ => new[] { margin, 0 })], [.. Enumerable.Range(0, images).Select(image => image < right ? 0L : 1)]);

    /// <summary>Labels that are drawn by the probabilities of the outputs: a model that is right as often as it says, for a factor of 1.</summary>
    private static HeldOutLogits Drawn(int images, int classes, float factor)
    {
        var random = new Random(4);
        var logits = new float[images * classes];
        var labels = new long[images];
        for (var image = 0; image < images; image++)
        {
            var own = logits.AsSpan(image * classes, classes);
            foreach (ref var logit in own)
                logit = (float)(4 * (random.NextDouble() - 0.5));
            var weights = own.ToArray().Select(logit => Math.Exp(factor * logit)).ToArray();
            var drawn = random.NextDouble() * weights.Sum();
            while ((drawn -= weights[labels[image]]) > 0 && labels[image] < classes - 1)
                labels[image]++;
        }
        return new(logits, labels);
    }
}
