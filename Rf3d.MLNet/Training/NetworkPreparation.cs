using TorchSharp;

namespace Rf3d.MLNet;

/// <summary>Makes a network with its first weights ready to be trained.</summary>
internal static class NetworkPreparation
{
    /// <summary>Gives it the branches, the device, the layout, the precision and the forms of the settings, in the order that they need.</summary>
    public static void Prepare(this TorchNetwork network, TrainingSettings settings)
    {
        if (settings.Recipe.Reparameterization)
            network.UseIdentityBranches();
        network.to(settings.Device);
        network.UseChannelsLast();
        if (settings.Precision == TrainingPrecision.BFloat16)
            network.UseBFloat16();
        network.UseForms(settings.StepForms);
    }
}
