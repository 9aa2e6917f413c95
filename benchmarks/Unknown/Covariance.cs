namespace Rf3d.Benchmarks;

/// <summary>Covariances and the distances by them.</summary>
internal static class Covariance
{
    /// <summary>The lower factor of Cholesky's decomposition of the covariance of rows, shrunk towards a multiple of the identity (O. Ledoit and M. Wolf, 2004).</summary>
    /// <param name="rows">Rows with a mean of 0.</param>
    /// <param name="share">How far it is shrunk, 0 to 1: as asked for, and as worked out if that is null.</param>
    public static double[,] Factor(IReadOnlyList<double[]> rows, ref double? share)
    {
        var size = rows[0].Length;
        var sum = new double[size, size];
        double squares = 0;
        foreach (var row in rows)
        {
            double norm = 0;
            for (var i = 0; i < size; i++)
            {
                norm += row[i] * row[i];
                for (var j = 0; j <= i; j++)
                    sum[i, j] += row[i] * row[j];
            }
            squares += norm * norm;
        }
        double trace = 0, all = 0;
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                sum[i, j] /= rows.Count;
                all += (i == j ? 1 : 2) * sum[i, j] * sum[i, j];
            }
            trace += sum[i, i];
        }
        var mean = trace / size;
        var distance = all - (size * mean * mean);
        var shrunk = share ??= distance <= 0 ? 1 : Math.Clamp(((squares / rows.Count) - all) / rows.Count / distance, 1e-6, 1);
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j <= i; j++)
                sum[i, j] = ((1 - shrunk) * sum[i, j]) + (i == j ? shrunk * mean : 0);
        }
        return Cholesky(sum);
    }

    /// <summary>The squared length of a difference, by a factor.</summary>
    public static double Distance(double[,] factor, double[] difference)
    {
        double sum = 0;
        var solved = new double[difference.Length];
        for (var i = 0; i < solved.Length; i++)
        {
            var value = difference[i];
            for (var j = 0; j < i; j++)
                value -= factor[i, j] * solved[j];
            solved[i] = value / factor[i, i];
            sum += solved[i] * solved[i];
        }
        return sum;
    }

    private static double[,] Cholesky(double[,] matrix)
    {
        var size = matrix.GetLength(0);
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var value = matrix[i, j];
                for (var k = 0; k < j; k++)
                    value -= matrix[i, k] * matrix[j, k];
                matrix[i, j] = i == j ? Math.Sqrt(Math.Max(value, 1e-12)) : value / matrix[j, j];
            }
        }
        return matrix;
    }
}
