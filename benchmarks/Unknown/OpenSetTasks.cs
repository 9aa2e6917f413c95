using Rf3d.MLNet;
using Rf3d.Planning;
using TrainerOptions = Rf3d.MLNet.Rf3dImageClassificationTrainer.Options;

namespace Rf3d.Benchmarks;

/// <summary>Folders of the images.</summary>
/// <param name="Cifar">CIFAR-10: FOLDER/{train,test}/class/*.</param>
/// <param name="Photographs">Photographs of two or more classes: FOLDER/{train,val}/class/*.</param>
/// <param name="Elsewhere">Other photographs, without classes.</param>
internal sealed record OpenSetFolders(string Cifar, string Photographs, string Elsewhere);

/// <summary>The tasks of the benchmark: each trains on some classes and holds others out.</summary>
internal static class OpenSetTasks
{
    public const string FromNothing = "cifar", Pretrained = "cifar-pretrained", Photographs = "photographs";

    private const int ClassesHeldOut = 3;

    public static IReadOnlyList<string> Names { get; } = [FromNothing, Pretrained, Photographs];

    /// <param name="task">A name.</param>
    /// <param name="seed">Of the classes that are held out and of the images.</param>
    /// <param name="folders">The images.</param>
    /// <param name="work">For temporary files.</param>
    public static OpenSetSplit Run(string task, int seed, OpenSetFolders folders, string work) => task switch
    {
        FromNothing => Cifar(seed, folders, work, new() { Architecture = Architecture.ResNet18Slim, WidthMultiplier = 0.5, Epoch = 10, Pretrained = PretrainedChoice.Nothing }, 5000, 1000, 2000),
        Pretrained => Cifar(seed, folders, work, new() { ImageHeight = 64, ImageWidth = 64, CropFraction = 1, Pretrained = PretrainedWeights.Names[0], Adaptation = Adaptation.Probe }, 1400, 350, 1000),
        Photographs => OfPhotographs(seed, folders, work),
        _ => throw new ArgumentException($"There is no task '{task}'.", nameof(task)),
    };

    private static OpenSetSplit Cifar(int seed, OpenSetFolders folders, string work, TrainerOptions options, int training, int validation, int test)
    {
        var random = new Random(seed);
        var (all, tests) = (LabelledFile.Of(Path.Combine(folders.Cifar, "train"), random), LabelledFile.Of(Path.Combine(folders.Cifar, "test"), random));
        string[] classes = [.. all.Select(file => file.Label).Distinct().Order(StringComparer.Ordinal)];
        random.Shuffle(classes);
        HashSet<string> held = [.. classes.Take(ClassesHeldOut)];
        List<LabelledFile> known = [.. all.Where(file => !held.Contains(file.Label))];
        return new OpenSetTraining(work).Run(
            options,
            known[..training],
            known[training..(training + validation)],
            [.. tests.Where(file => !held.Contains(file.Label)).Take(test)],
            [
                ("other classes of CIFAR-10", [.. tests.Where(file => held.Contains(file.Label)).Take(test / 2)]),
                ("ants and bees", Files(folders.Photographs, random)),
                ("photographs from elsewhere", Elsewhere(folders)),
            ],
            $"without {string.Join(", ", held.Order(StringComparer.Ordinal))}",
            seed);
    }

    private static OpenSetSplit OfPhotographs(int seed, OpenSetFolders folders, string work)
    {
        var random = new Random(seed);
        List<LabelledFile> all = [.. Files(folders.Photographs, random)];
        var (training, validation) = (all.Count / 2, all.Count / 10);
        return new OpenSetTraining(work).Run(
            new() { Pretrained = PretrainedWeights.Names[0], Adaptation = Adaptation.Probe },
            all[..training],
            all[training..(training + validation)],
            all[(training + validation)..],
            [("photographs from elsewhere", Elsewhere(folders)), ("CIFAR-10", [.. LabelledFile.Of(Path.Combine(folders.Cifar, "test"), random).Take(100)])],
            "",
            seed);
    }

    private static LabelledFile[] Files(string folder, Random random)
    {
        LabelledFile[] files = [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal).SelectMany(part => LabelledFile.Of(part, random))];
        random.Shuffle(files);
        return files;
    }

    private static LabelledFile[] Elsewhere(OpenSetFolders folders) => [.. Directory.GetFiles(folders.Elsewhere).Order(StringComparer.Ordinal).Select(path => new LabelledFile(path, ""))];
}
