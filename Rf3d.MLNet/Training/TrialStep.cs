using Rf3d.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Finds out whether a step has the memory that it needs, before the first one that counts.</summary>
internal static class TrialStep
{
    /// <summary>Halves a batch until a step goes through.</summary>
    /// <param name="choice">The first batch size.</param>
    /// <param name="rate">The learning rate, if that is settled.</param>
    /// <param name="fits">Whether a step of so many images goes through.</param>
    public static BatchChoice Lower(BatchChoice choice, double? rate, Func<int, bool> fits)
    {
        // Two are the least that batch normalisation works with; a network that does not fit even so fails in training, with advice.
        while (choice.Size >= 4 && !fits(choice.Size))
            choice = choice.Halved(rate);
        return choice;
    }

    /// <summary>Takes a step of a separate network, on black images.</summary>
    public static bool Fits(NetworkLayout layout, TrainingSettings settings)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(0);
        try
        {
            using var network = new TorchNetwork(layout, generator);
            network.Prepare(settings);
            network.train();
            using var optimizer = Optimizers.Make(network, settings);
            using var gradients = new StepGradients(network, optimizer, settings.StepForms);
            var input = layout.Network.Input;
            var images = zeros([settings.BatchSize, input.Height, input.Width, input.Channels], ScalarType.Float32, settings.Device).permute(0, 3, 1, 2);
            gradients.Prepare();
            gradients.Collect(nn.functional.cross_entropy(network.call(images), zeros(settings.BatchSize, ScalarType.Int64, settings.Device)));
            optimizer.Step(0);
            return true;
        }
        catch (Exception error) when (TorchMemory.IsExhausted(error))
        {
            return false;
        }
    }
}
