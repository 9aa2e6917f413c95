using Rf3d.MLNet;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.ModelBuilder.Tests.Training;

[TestClass]
public class StartNoteTests
{
    [TestMethod]
    public void Few_small_images_may_be_photographs()
    {
        Assert.StartsWith("Small images start from random weights. If they are photographs, --pretrained resnet18.mlnet_in1k", Note(32, 32, 5_000)!);
        Assert.IsNotNull(Note(32, 128, 20));
        Assert.IsNull(Note(32, 32, 5_001));
        Assert.IsNull(Note(80, 80, 400));
        Assert.IsNull(Note(64, 512, 400));
        Assert.IsNull(Note(32, 32, 400, options => options.Pretrained = "none"));
        Assert.IsNull(Note(32, 32, 400, options => options.Architecture = Architecture.MobileNet));
        Assert.IsNull(Note(32, 32, 400, options => options.WidthMultiplier = 0.5));
        Assert.IsNull(Note(32, 32, 400, options => (options.ImageHeight, options.ImageWidth) = (32, 32)));
        Assert.IsNull(Note(32, 32, 400, options => options.Organizer = new() { MaxMacs = 1_000_000_000 }));

        static string? Note(int height, int width, long images, Action<TrainerOptions>? change = null)
        {
            var options = new TrainerOptions();
            change?.Invoke(options);
            return StartNote.Of(options, NetworkPlan.Create(ConvNetFactory.Create(Architecture.ResNet18Slim, height, width, 10), new()), images);
        }
    }
}
