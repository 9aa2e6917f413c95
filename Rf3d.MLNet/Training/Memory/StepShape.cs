namespace Rf3d.MLNet;

/// <summary>The properties of a step that its memory depends on.</summary>
/// <param name="Batch">Images.</param>
/// <param name="ValueBytes">Bytes of a value of a feature map: 2 in bfloat16, else 4.</param>
/// <param name="Forms">In which forms it is computed.</param>
/// <param name="HasIdentityBranches">Whether convolutions learn with an <see cref="IdentityBranch"/>.</param>
internal sealed record StepShape(long Batch, int ValueBytes, StepForms Forms, bool HasIdentityBranches);
