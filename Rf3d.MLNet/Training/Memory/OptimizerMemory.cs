using Rf3d.Planning;

namespace Rf3d.MLNet;

/// <summary>What optimizers keep from step to step, and what they need while they compute.</summary>
internal static class OptimizerMemory
{
    // A script frees its variables after their last use. Of the blocks' Gram matrices then exist at the same time: them, the factor, the product, and two results (MuonKernels).
    private const int GramMatrices = 5;

    // The matrices of one shape in one tensor, and the next tensor of the iteration (FusedKernels).
    private const int PlainMatrices = 2;

    public static long StateBytes(WeightCounts weights, TrainingRecipe recipe) => weights.Trained * sizeof(float) * recipe.Optimizer switch
    {
        TrainingOptimizer.Sgd => recipe.Momentum > 0 ? 1 : 0,
        TrainingOptimizer.Muon => 1,
        TrainingOptimizer.AdamW => 2,
        var other => throw new InvalidOperationException($"Unknown optimizer {other}."),
    };

    public static long WorkingBytes(NetworkLayout layout, TrainingRecipe recipe, StepForms forms)
    {
        if (recipe.Optimizer != TrainingOptimizer.Muon)
            return 0;
        var matrices = layout.Layers.Where(node => node.Layer is Convolution { Groups: 1 }).Select(Matrix.Of).ToList();
        if (matrices.Count == 0)
            return 0;
        if (forms != StepForms.Gpu)
            return PlainMatrices * sizeof(float) * matrices.GroupBy(matrix => matrix).Max(group => group.Sum(matrix => matrix.Values));
        var hasDirections = recipe is { Nesterov: true, Momentum: > 0 };
        var (rows, blocks) = (matrices.Max(matrix => matrix.RowsOfBlock), matrices.Sum(matrix => matrix.Blocks));
        // Updates, directions with Nesterov momentum, and matrices of more outputs than inputs turned.
        var values = matrices.Sum(matrix => matrix.Values * ((hasDirections ? 2 : 1) + (matrix.Outputs > matrix.Inputs ? 1 : 0)));
        return checked(sizeof(float) * (values + (GramMatrices * blocks * rows * rows)));
    }

    private readonly record struct Matrix(long Outputs, long Inputs)
    {
        public long Values => Outputs * Inputs;

        public long RowsOfBlock => FusedMuon.RowsOfBlock(Math.Min(Outputs, Inputs));

        public long Blocks => Math.Min(Outputs, Inputs) / RowsOfBlock;

        public static Matrix Of(LayerNode node)
        {
            var size = ((Convolution)node.Layer).Size;
            return new(node.Output.Channels, (long)node.Input.Channels * size.Height * size.Width);
        }
    }
}
