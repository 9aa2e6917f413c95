namespace Rf3d.Datasets;

/// <summary>A colour with components from 0 to 1.</summary>
internal readonly record struct Tone(double Red, double Green, double Blue)
{
    public static Tone Mix(Tone from, Tone to, double share) => new(
        from.Red + (to.Red - from.Red) * share, from.Green + (to.Green - from.Green) * share, from.Blue + (to.Blue - from.Blue) * share);
}

/// <summary>A direction of length one. Made without sine and cosine, whose last bits differ between platforms.</summary>
internal readonly record struct Direction(double X, double Y)
{
    public static Direction Random(ref SplitMix64 random)
    {
        while (true)
        {
            var (x, y) = (random.Between(-1, 1), random.Between(-1, 1));
            var square = x * x + y * y;
            if (square is <= 1 and > 0.01)
                return new Direction(x / Math.Sqrt(square), y / Math.Sqrt(square));
        }
    }

    /// <summary>The coordinates of a point in axes turned to this direction.</summary>
    public (double Along, double Across) Turn(double x, double y) => (x * X + y * Y, y * X - x * Y);
}

/// <summary>Everything random about one image but its noise. Lengths are shares of the side of the image.</summary>
internal sealed class DrawnScene
{
    public const double LeastRadius = 0.27;
    private const double MostRadius = 0.35;

    public DrawnScene(DrawnClass drawn, ref SplitMix64 random)
    {
        Class = drawn;
        Radius = random.Between(LeastRadius, MostRadius);
        // Nearly all of the shape stays inside: at most a corner of a triangle is cut off.
        var margin = Math.Min(0.5, 1.15 * Radius);
        X = random.Between(margin, 1 - margin);
        Y = random.Between(margin, 1 - margin);
        ShapeAxis = Direction.Random(ref random);

        TextureAxis = Direction.Random(ref random);
        Period = random.Between(0.2, 0.25);
        Phase = random.NextDouble();
        CrossPhase = random.NextDouble();

        Main = MainTone(drawn.Colour, ref random);
        // Textures go as often to the light as to the dark, so that brightness does not tell them from plain.
        Other = random.Below(2) == 0 ? Tone.Mix(Main, new Tone(1, 1, 1), 0.75) : Tone.Mix(Main, new Tone(0, 0, 0), 0.75);

        BackgroundAxis = Direction.Random(ref random);
        BackgroundFrom = Grey(ref random);
        BackgroundTo = Grey(ref random);
    }

    public DrawnClass Class { get; }

    public double Radius { get; }

    public double X { get; }

    public double Y { get; }

    public Direction ShapeAxis { get; }

    public Direction TextureAxis { get; }

    public double Period { get; }

    public double Phase { get; }

    public double CrossPhase { get; }

    public Tone Main { get; }

    public Tone Other { get; }

    public Direction BackgroundAxis { get; }

    public Tone BackgroundFrom { get; }

    public Tone BackgroundTo { get; }

    private static Tone MainTone(DrawnColour colour, ref SplitMix64 random)
    {
        var strong = random.Between(0.7, 1);
        var weak = random.Between(0.05, 0.3);
        var green = random.Between(0.05, 0.4);
        return colour == DrawnColour.Red ? new Tone(strong, green, weak) : new Tone(weak, green, strong);
    }

    /// <summary>A grey with a tint too faint to be taken for the colour of a shape.</summary>
    private static Tone Grey(ref SplitMix64 random)
    {
        var grey = random.Between(0.15, 0.85);
        return new Tone(
            grey + random.Between(-0.12, 0.12), grey + random.Between(-0.12, 0.12), grey + random.Between(-0.12, 0.12));
    }
}
