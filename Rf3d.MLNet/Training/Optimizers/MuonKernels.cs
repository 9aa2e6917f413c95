using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Muon's step over matrices of many shapes by one script: see <see cref="FusedKernels"/> for the rules of scripts.</summary>
internal static class MuonKernels
{
    // Of "rows" the counterpart is FusedMuon.RowsOfBlock.
    private const string Script = """
        def rows_of_block(rows: int) -> int:
            if rows <= 128:
                return rows
            block = 128
            while rows % block != 0:
                block -= 1
            if block >= 32:
                return block
            return rows

        def step(weights: List[Tensor], gradients: List[Tensor], momenta: List[Tensor], factors: Tensor, rate: float, decay: float, momentum: float, nesterov: bool):
            torch._foreach_mul_(momenta, momentum)
            torch._foreach_add_(momenta, gradients)
            if nesterov:
                directions = torch._foreach_add(gradients, momenta, alpha=momentum)
            else:
                directions = momenta
            blocks: List[Tensor] = []
            size = 1
            for direction in directions:
                x = direction.flatten(2)
                if x.size(1) > x.size(2):
                    x = x.transpose(1, 2)
                rows = rows_of_block(x.size(1))
                size = max(size, rows)
                blocks.append(x.reshape([-1, rows, x.size(2)]))
            grams: List[Tensor] = []
            for x in blocks:
                gram = torch.bmm(x, x.transpose(1, 2))
                if x.size(1) < size:
                    gram = torch.constant_pad_nd(gram, [0, size - x.size(1), 0, size - x.size(1)])
                grams.append(gram)
            gram = torch.cat(grams)
            scale = 1.0 / (torch.sqrt(torch.sum(torch.diagonal(gram, 0, 1, 2), [1])) + 1e-7)
            gram = gram * (scale * scale).view([-1, 1, 1])
            identity = 3.4445 * torch.eye(size, dtype=gram.dtype, device=gram.device)
            factor = identity + torch.baddbmm(gram, gram, gram, beta=-4.7750, alpha=2.0315)
            product = factor
            for i in range(4):
                gram = torch.bmm(torch.bmm(factor, gram), factor)
                factor = identity + torch.baddbmm(gram, gram, gram, beta=-4.7750, alpha=2.0315)
                product = torch.bmm(factor, product)
            product = product * (scale * factors).view([-1, 1, 1])
            updates: List[Tensor] = []
            first = 0
            for i in range(len(blocks)):
                x = blocks[i]
                shape = directions[i].size()
                part = product.narrow(0, first, x.size(0)).narrow(1, 0, x.size(1)).narrow(2, 0, x.size(1))
                first += x.size(0)
                y = torch.bmm(part, x)
                if shape[1] > shape[2] * shape[3] * shape[4]:
                    y = y.reshape([shape[0], -1, shape[1]]).transpose(1, 2).contiguous()
                updates.extend(y.reshape(shape).permute([0, 1, 4, 2, 3]).unbind(0))
            torch._foreach_mul_(weights, 1.0 - decay)
            torch._foreach_add_(weights, updates, alpha=-rate)

        """;

    private static readonly Lazy<jit.CompilationUnit> Compiled = new(() => jit.compile(Script));

    /// <summary>The same as <see cref="FusedKernels.Muon"/>, for matrices of many shapes.</summary>
    /// <param name="weights">[outputs, inputs, height, width], channels-last, shape after shape. Changed.</param>
    /// <param name="gradients">Of each shape, all: [n, outputs, height, width, inputs].</param>
    /// <param name="momenta">Likewise; zero before the first step. Changed.</param>
    /// <param name="factors">For each block of each matrix, in that order: the factor of its step.</param>
    /// <param name="rate">Norm (spectral) of a step, before that.</param>
    /// <param name="decay">Share of the weights that each step removes.</param>
    /// <param name="momentum">Momentum.</param>
    /// <param name="nesterov">Whether it is Nesterov's.</param>
    public static void Step(
        Tensor[] weights, Tensor[] gradients, Tensor[] momenta, Tensor factors, double rate, double decay, double momentum, bool nesterov)
    {
        using Scalar rateScalar = rate.ToScalar(), decayScalar = decay.ToScalar(), momentumScalar = momentum.ToScalar();
        Compiled.Value.invoke("step", weights, gradients, momenta, factors, rateScalar, decayScalar, momentumScalar, nesterov);
    }
}
