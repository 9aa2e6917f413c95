using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rf3d.MLNet.Tests.Scoring;

namespace Rf3d.MLNet.Tests.Serving;

/// <summary>Predictors in a container of services.</summary>
[TestClass]
public sealed class PredictorServiceTests : PredictorTests
{
    [TestMethod]
    public void A_service_is_a_singleton_that_the_container_disposes()
    {
        var log = new ListLogger();
        var services = new ServiceCollection().AddSingleton<ILogger<Rf3dPredictor>>(log).AddRf3dClassifier(options =>
        {
            options.Path = ModelPath;
            options.TimeProvider = Clock;
        });
        Rf3dPredictor predictor;
        using (var provider = services.BuildServiceProvider())
        {
            Assert.AreEqual(0, Clock.TimerCount, "The model is loaded when it is first asked for.");
            predictor = provider.GetRequiredService<Rf3dPredictor>();
            Assert.AreSame(predictor, provider.GetRequiredService<Rf3dPredictor>());
            AssertScores(predictor, SavedModels.First);
            Replace(SavedModels.Second);
            Clock.Tick();
            Clock.Tick();
            Assert.HasCount(1, log.Entries);
        }
        Assert.ThrowsExactly<ObjectDisposedException>(() => predictor.Classes);
    }

    [TestMethod]
    public void Several_models_have_keys()
    {
        using var provider = new ServiceCollection()
            .AddRf3dClassifier(ModelPath)
            .AddRf3dClassifier(SavedModels.Write(Folder["second.zip"], SavedModels.Second), serviceKey: "second")
            .BuildServiceProvider();
        AssertScores(provider.GetRequiredService<Rf3dPredictor>(), SavedModels.First);
        AssertScores(provider.GetRequiredKeyedService<Rf3dPredictor>("second"), SavedModels.Second);
    }

    [TestMethod]
    public void Bad_options_and_missing_files_are_errors()
    {
        var services = new ServiceCollection();
        Assert.ThrowsExactly<ArgumentException>(() => services.AddRf3dClassifier(""));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => services.AddRf3dClassifier(options => (options.Path, options.PollingInterval) = (ModelPath, TimeSpan.Zero)));
        Assert.Contains("at most 49 days", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => services.AddRf3dClassifier(options => (options.Path, options.PollingInterval) = (ModelPath, TimeSpan.MaxValue))).Message);
        using var provider = services.AddRf3dClassifier(Folder["absent.zip"]).BuildServiceProvider();
        Assert.ThrowsExactly<FileNotFoundException>(() => provider.GetRequiredService<Rf3dPredictor>());
    }
}
