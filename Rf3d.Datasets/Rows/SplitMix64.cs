namespace Rf3d.Datasets;

/// <summary>
/// The SplitMix64 generator: 64 bits of state, and the same numbers on every platform and every .NET version,
/// which System.Random does not promise.
/// </summary>
internal struct SplitMix64
{
    private const ulong Golden = 0x9E3779B97F4A7C15UL;

    private ulong _state;

    public SplitMix64(ulong seed) => _state = seed;

    /// <summary>A generator for one item of a series, independent of every other item: item 7 needs no item 6.</summary>
    public static SplitMix64 ForItem(ulong seed, ulong item) => new(Mix(Mix(seed + Golden) ^ Mix(item * Golden + 1)));

    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }

    public ulong Next() => Mix(_state += Golden);

    /// <summary>Uniform in [0, 1), with 53 random bits.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    public double Between(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>Uniform in [0, bound); the bias of the multiplication is below 2^-32 for the small bounds used here.</summary>
    public int Below(int bound) => (int)(((Next() >> 32) * (ulong)bound) >> 32);
}
