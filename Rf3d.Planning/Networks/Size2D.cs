using System.Globalization;
using System.Text.Json.Serialization;
using static System.FormattableString;

namespace Rf3d.Planning;

/// <summary>A height and a width: of a kernel, a stride or a dilation. In pixels, or in steps of pixels.</summary>
/// <param name="Height">The extent over rows.</param>
/// <param name="Width">The extent over columns.</param>
/// <remarks>An <see cref="int"/> converts to a square: <c>3</c> is 3×3.</remarks>
[method: JsonConstructor]
public readonly record struct Size2D(int Height, int Width)
{
    /// <summary>A square of <paramref name="side"/> by <paramref name="side"/>.</summary>
    public static implicit operator Size2D(int side) => new(side, side);

    /// <summary>A square of <paramref name="side"/> by <paramref name="side"/>.</summary>
    public static Size2D FromInt32(int side) => new(side, side);

    /// <summary>Height and width as in <c>3x3</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Height}x{Width}");

    internal Size2D RequirePositive(string name) => RequireAtLeast(1, name);

    internal Size2D RequireNotNegative(string name) => RequireAtLeast(0, name);

    private Size2D RequireAtLeast(int least, string name) =>
        Height >= least && Width >= least && Height <= NetworkLimits.WindowSide && Width <= NetworkLimits.WindowSide
            ? this
            : throw new ArgumentOutOfRangeException(name, ToString(), Invariant($"{name} must be at least {least} and at most {NetworkLimits.WindowSide} in height and in width."));
}
