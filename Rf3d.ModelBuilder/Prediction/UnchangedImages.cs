using System.Collections.Immutable;

namespace Rf3d.ModelBuilder;

/// <summary>Models for commands that give files to the classifier as they are.</summary>
internal static class UnchangedImages
{
    /// <param name="imageSteps">The steps of the model's pipeline that change images before the classifier.</param>
    /// <param name="path">The model's file, for the error.</param>
    /// <exception cref="CommandException">There are such steps.</exception>
    public static void Require(ImmutableArray<string> imageSteps, string path)
    {
        if (!imageSteps.IsEmpty)
        {
            throw new CommandException(
                $"The pipeline of '{path}' changes images before the classifier ({string.Join(", ", imageSteps)}), and this command gives the classifier the files as they are. Use the model in an application whose pipeline has these steps; 'rf3d evaluate' measures it with them.");
        }
    }
}
