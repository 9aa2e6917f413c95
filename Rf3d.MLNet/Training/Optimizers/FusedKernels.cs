using TorchSharp;
using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>
/// libtorch's operators on lists of tensors, which change all parameters of a network by one call. TorchSharp does not have them; TorchScript does.
/// </summary>
/// <remarks>
/// A script that does not compile ends the process on some systems, and no catch sees it. So the script is a constant, and each function has a test.
/// </remarks>
internal static class FusedKernels
{
    // TorchScript has no optional arguments here: constants are written out. It ends with a new line, without which its parser fails.
    private const string Script = """
        def sgd(weights: List[Tensor], gradients: List[Tensor], momenta: List[Tensor], rate: float, decay: float, momentum: float, nesterov: bool):
            torch._fused_sgd_(weights, gradients, momenta, weight_decay=decay, momentum=momentum, lr=rate, dampening=0.0, nesterov=nesterov, maximize=False, is_first_step=False)

        def adamw(weights: List[Tensor], gradients: List[Tensor], averages: List[Tensor], squares: List[Tensor], steps: List[Tensor], rate: float, decay: float, beta1: float, beta2: float, eps: float):
            torch._foreach_add_(steps, 1)
            torch._fused_adamw_(weights, gradients, averages, squares, [], steps, lr=rate, beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps, amsgrad=False, maximize=False)

        def orthogonal(x: Tensor, precision: int):
            x = x.to(dtype=precision)
            for i in range(5):
                square = torch.bmm(x, x.transpose(1, 2))
                x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
            return x

        def orthogonal_by_gram(x: Tensor):
            gram = torch.bmm(x, x.transpose(1, 2))
            identity = 3.4445 * torch.eye(x.size(1), dtype=x.dtype, device=x.device)
            factor = identity + torch.baddbmm(gram, gram, gram, beta=-4.7750, alpha=2.0315)
            product = factor
            for i in range(4):
                gram = torch.bmm(torch.bmm(factor, gram), factor)
                factor = identity + torch.baddbmm(gram, gram, gram, beta=-4.7750, alpha=2.0315)
                product = torch.bmm(factor, product)
            return torch.bmm(product, x)

        def muon(weights: List[Tensor], gradients: List[Tensor], momenta: List[Tensor], step: float, decay: float, momentum: float, nesterov: bool, rows: int, precision: int, by_gram: bool):
            torch._foreach_mul_(momenta, momentum)
            torch._foreach_add_(momenta, gradients)
            if nesterov:
                directions = torch._foreach_add(gradients, momenta, alpha=momentum)
            else:
                directions = momenta
            x = torch.stack(directions).flatten(2)
            tall = x.size(1) > x.size(2)
            if tall:
                x = x.transpose(1, 2)
            whole = x.size()
            x = x.reshape([-1, rows, x.size(2)])
            x = x / (torch.linalg_vector_norm(x, dim=[1, 2], keepdim=True) + 1e-7)
            if by_gram:
                x = orthogonal_by_gram(x)
            else:
                x = orthogonal(x, precision)
            x = x.reshape(whole)
            if tall:
                x = x.transpose(1, 2)
            torch._foreach_mul_(weights, 1.0 - decay)
            torch._foreach_add_(weights, x.to(dtype=weights[0].dtype).reshape([len(weights)] + weights[0].size()).unbind(0), alpha=-step)

        def blend(averages: List[Tensor], weights: List[Tensor], share: float):
            torch._foreach_lerp_(averages, weights, share)

        def copy(targets: List[Tensor], sources: List[Tensor]):
            torch._foreach_copy_(targets, sources)

        def clip(gradients: List[Tensor], limit: float):
            norm = torch.linalg_vector_norm(torch.stack(torch._foreach_norm(gradients)))
            torch._foreach_mul_(gradients, torch.clamp(limit / (norm + 1e-6), max=1.0))

        """;

    private static readonly Lazy<jit.CompilationUnit> Compiled = new(() => jit.compile(Script));

    /// <summary>
    /// Stochastic gradient descent: momenta = momentum·momenta + gradients + decay·weights, and weights -= rate·momenta, or with Nesterov's form
    /// rate·(gradients + decay·weights + momentum·momenta).
    /// </summary>
    /// <param name="weights">Changed.</param>
    /// <param name="gradients">Of the weights' strides, as libtorch's backward pass leaves them.</param>
    /// <param name="momenta">Of the weights' strides; zero before the first step. Changed.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="decay">L2 decay.</param>
    /// <param name="momentum">Momentum.</param>
    /// <param name="nesterov">Whether it is Nesterov's.</param>
    public static void Sgd(Tensor[] weights, Tensor[] gradients, Tensor[] momenta, double rate, double decay, double momentum, bool nesterov)
    {
        using Scalar rateScalar = rate.ToScalar(), decayScalar = decay.ToScalar(), momentumScalar = momentum.ToScalar();
        // libtorch insists that without momentum nothing is remembered.
        Compiled.Value.invoke("sgd", weights, gradients, momentum > 0 ? momenta : [], rateScalar, decayScalar, momentumScalar, nesterov);
    }

    /// <summary>AdamW (I. Loshchilov, F. Hutter, 2019).</summary>
    /// <param name="weights">Changed.</param>
    /// <param name="gradients">Of the weights' strides.</param>
    /// <param name="averages">Moving averages of the gradients; zero before the first step. Changed.</param>
    /// <param name="squares">Moving averages of their squares; zero before the first step. Changed.</param>
    /// <param name="steps">A scalar for each parameter: steps taken. Changed.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="decay">Decoupled decay.</param>
    /// <param name="beta1">Decay of the averages.</param>
    /// <param name="beta2">Decay of the squares.</param>
    /// <param name="epsilon">Keeps the division finite.</param>
    public static void AdamW(
        Tensor[] weights, Tensor[] gradients, Tensor[] averages, Tensor[] squares, Tensor[] steps, double rate, double decay, double beta1, double beta2, double epsilon)
    {
        using Scalar rateScalar = rate.ToScalar(), decayScalar = decay.ToScalar(), beta1Scalar = beta1.ToScalar(), beta2Scalar = beta2.ToScalar(), epsilonScalar = epsilon.ToScalar();
        Compiled.Value.invoke("adamw", weights, gradients, averages, squares, steps, rateScalar, decayScalar, beta1Scalar, beta2Scalar, epsilonScalar);
    }

    /// <summary>
    /// Muon (K. Jordan et al., 2024): the momentum, as a matrix of outputs by inputs, with its singular values brought close to 1 by five steps of a
    /// Newton-Schulz iteration, is the direction of a step. weights = (1 - decay)·weights - step·orthogonal(momenta).
    /// </summary>
    /// <param name="weights">[outputs, inputs, …], all of one shape. Changed.</param>
    /// <param name="gradients">Of the weights' strides.</param>
    /// <param name="momenta">Of the weights' strides; zero before the first step. Changed.</param>
    /// <param name="step">Norm (spectral) of a step.</param>
    /// <param name="decay">Share of the weights that each step removes.</param>
    /// <param name="momentum">Momentum.</param>
    /// <param name="nesterov">Whether it is Nesterov's.</param>
    /// <param name="rows">
    /// Along its shorter side a matrix is cut into blocks of so many rows, a divisor of their number, each of which is made orthogonal by itself.
    /// </param>
    /// <param name="precision">The type that the iteration computes in. bfloat16 is sufficient.</param>
    /// <param name="byGram">
    /// Whether the iteration runs on a block's products of rows with rows, which are few where it is long, and not on the block. It squares the
    /// singular values: exact float32 only.
    /// </param>
    public static void Muon(
        Tensor[] weights, Tensor[] gradients, Tensor[] momenta, double step, double decay, double momentum, bool nesterov, long rows, ScalarType precision, bool byGram)
    {
        using Scalar stepScalar = step.ToScalar(), decayScalar = decay.ToScalar(), momentumScalar = momentum.ToScalar();
        using Scalar rowsScalar = rows.ToScalar(), precisionScalar = ((long)precision).ToScalar();
        Compiled.Value.invoke("muon", weights, gradients, momenta, stepScalar, decayScalar, momentumScalar, nesterov, rowsScalar, precisionScalar, byGram);
    }

    /// <summary>averages += share·(weights - averages).</summary>
    public static void Blend(Tensor[] averages, Tensor[] weights, double share)
    {
        using var shareScalar = share.ToScalar();
        Compiled.Value.invoke("blend", averages, weights, shareScalar);
    }

    /// <summary>targets = sources, which are all of one type.</summary>
    public static void Copy(Tensor[] targets, Tensor[] sources) => Compiled.Value.invoke("copy", targets, sources);

    /// <summary>Scales the gradients so that their Euclidean norm, over all of them together, is at most <paramref name="limit"/>.</summary>
    public static void Clip(Tensor[] gradients, double limit)
    {
        using var limitScalar = limit.ToScalar();
        Compiled.Value.invoke("clip", gradients, limitScalar);
    }
}
