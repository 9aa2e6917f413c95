using Rf3d.Planning;

namespace Rf3d.ModelBuilder;

/// <summary>Says where larger images would make a cheaper network: one for images of up to 64 pixels keeps their size longer than one for larger images.</summary>
internal static class ImageSizeNote
{
    /// <param name="architecture">The network that was planned.</param>
    /// <param name="width">The factor on its channels.</param>
    /// <param name="plan">Its plan.</param>
    /// <returns>Null where larger images cost more.</returns>
    public static string? Of(Architecture architecture, double width, NetworkPlan plan)
    {
        var (height, across) = (plan.Original.Input.Height, plan.Original.Input.Width);
        // A plan may also be of a network of the user's own.
        if (!ConvNetFactory.IsCifarForm(height, across) || !ConvNetFactory.Create(architecture, height, across, plan.Original.Classes, width).Equals(plan.Original))
            return null;
        while (ConvNetFactory.IsCifarForm(height, across))
            (height, across) = (2 * height, 2 * across);
        var larger = ConvNetFactory.Create(architecture, height, across, plan.Original.Classes, width).GetCost().Macs;
        return larger < plan.OriginalCost.Macs
            ? Numbers.Text($"Larger images would cost less: the network does not shrink small images (up to {ConvNetFactory.MaximumCifarFormSize} pixels) at its start. For {height}x{across} images it has {larger / 1e6:0.0} million MACs before it is optimized, for {plan.Original.Input.Height}x{plan.Original.Input.Width} it has {plan.OriginalCost.Macs / 1e6:0.0} million.")
            : null;
    }
}
