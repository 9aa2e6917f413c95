namespace Rf3d.Datasets;

/// <summary>
/// Paints a scene into RGBA bytes by signed distances, with plain arithmetic and square roots only: the same bytes on
/// every platform, which a graphics library's anti-aliasing does not give.
/// </summary>
internal static class ScenePainter
{
    private const double Noise = 0.04;

    /// <summary>Fills <paramref name="rgba"/>, 4 bytes a pixel, row by row.</summary>
    public static void Paint(DrawnScene scene, int size, ref SplitMix64 random, Span<byte> rgba)
    {
        for (var row = 0; row < size; row++)
        {
            for (var column = 0; column < size; column++)
            {
                var x = (column + 0.5) / size;
                var y = (row + 0.5) / size;
                var tone = Tone.Mix(Background(scene, x, y), Surface(scene, x, y, size), Cover(scene, x, y, size));
                var pixel = rgba.Slice(4 * (row * size + column), 4);
                pixel[0] = Level(tone.Red, ref random);
                pixel[1] = Level(tone.Green, ref random);
                pixel[2] = Level(tone.Blue, ref random);
                pixel[3] = byte.MaxValue;
            }
        }
    }

    private static Tone Background(DrawnScene scene, double x, double y)
    {
        var (along, _) = scene.BackgroundAxis.Turn(x - 0.5, y - 0.5);
        return Tone.Mix(scene.BackgroundFrom, scene.BackgroundTo, Math.Clamp(along + 0.5, 0, 1));
    }

    /// <summary>How much of a pixel the shape covers: its distance to the outline in pixels, ramped over one pixel.</summary>
    private static double Cover(DrawnScene scene, double x, double y, int size) =>
        Math.Clamp(0.5 - Distance(scene, x, y) * size, 0, 1);

    /// <summary>Negative inside. The three outlines have about the same area, so that area does not tell them apart.</summary>
    private static double Distance(DrawnScene scene, double x, double y)
    {
        var (u, v) = scene.ShapeAxis.Turn(x - scene.X, y - scene.Y);
        const double halfSquareRootOf3 = 0.86602540378443865;
        return scene.Class.Outline switch
        {
            DrawnOutline.Disc => Math.Sqrt(u * u + v * v) - scene.Radius,
            DrawnOutline.Cross => Cross(Math.Abs(u), Math.Abs(v), scene.Radius),
            _ => Math.Max(-v, Math.Abs(u) * halfSquareRootOf3 + v * 0.5) - 0.72 * scene.Radius,
        };
    }

    /// <summary>Two bars across each other, from the middle to one quarter of them.</summary>
    private static double Cross(double u, double v, double radius) =>
        Math.Max(Math.Max(u, v) - 1.15 * radius, Math.Min(u, v) - 0.42 * radius);

    private static Tone Surface(DrawnScene scene, double x, double y, int size)
    {
        if (scene.Class.Texture == DrawnTexture.Plain)
            return scene.Main;
        var (along, across) = scene.TextureAxis.Turn(x - scene.X, y - scene.Y);
        var wave = Wave(along / scene.Period + scene.Phase, scene.Period * size);
        if (scene.Class.Texture == DrawnTexture.Checked)
            wave *= Wave(across / scene.Period + scene.CrossPhase, scene.Period * size);
        return Tone.Mix(scene.Main, scene.Other, 0.5 + 0.5 * wave);
    }

    /// <summary>A square wave from -1 to 1 with edges ramped over one pixel; the period is 1, or that many pixels.</summary>
    private static double Wave(double position, double periodInPixels)
    {
        var fromMiddle = Math.Abs(position - Math.Floor(position) - 0.5);
        return Math.Clamp((0.25 - fromMiddle) * periodInPixels * 2, -1, 1);
    }

    private static byte Level(double value, ref SplitMix64 random) =>
        (byte)Math.Clamp((value + random.Between(-Noise, Noise)) * 255 + 0.5, 0, 255);
}
