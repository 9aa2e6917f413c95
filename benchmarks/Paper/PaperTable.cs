using Rf3d.Planning;

namespace Rf3d.Benchmarks;

/// <summary>A row of one of the paper's tables: a network, and the accuracy that is printed for it.</summary>
/// <param name="Name">As the paper calls it.</param>
/// <param name="Network">For 32×32 and ten classes.</param>
/// <param name="PaperAccuracy">In per cent.</param>
/// <param name="PaperGain">Δ3DRF as printed; null where the row has none.</param>
internal sealed record PaperRow(string Name, ConvNet Network, double PaperAccuracy, double? PaperGain = null)
{
    /// <summary>Multiply-accumulates for one image.</summary>
    public long Macs { get; } = NetworkCost.Of(NetworkLayout.Of(Network)).Macs;
}

/// <summary>Two rows whose difference the paper makes something of.</summary>
internal sealed record PaperComparison(string First, string Second);

/// <summary>One of the paper's tables of accuracies.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Title">Its subject.</param>
/// <param name="Rows">Its rows, in the paper's order.</param>
/// <param name="Comparisons">The comparisons in it.</param>
/// <param name="Saturation">How the fields behind its gains were measured.</param>
internal sealed record PaperTable(
    int Number, string Title, IReadOnlyList<PaperRow> Rows, IReadOnlyList<PaperComparison> Comparisons, ReceptiveFieldClamping Saturation = ReceptiveFieldClamping.Unclamped)
{
    public bool HasGains => Rows.Any(row => row.PaperGain is not null);

    /// <exception cref="ArgumentException">There is no such row.</exception>
    public PaperRow this[string name] => Rows.FirstOrDefault(row => row.Name == name)
        ?? throw new ArgumentException($"Table {Number} has no row '{name}'; it has {string.Join(", ", Rows.Select(row => row.Name))}.");

    /// <summary>Δ3DRF: the row's total gain less that of the row that it is compared with; 0 where it is compared with none.</summary>
    public double Gain(PaperRow row) => Comparisons.FirstOrDefault(comparison => comparison.First == row.Name) is { } comparison
        ? TotalGain(row) - TotalGain(this[comparison.Second])
        : 0;

    /// <summary>The difference that the paper prints, in points.</summary>
    public double PaperDifference(PaperComparison comparison) => this[comparison.First].PaperAccuracy - this[comparison.Second].PaperAccuracy;

    private double TotalGain(PaperRow row) => NetworkReceptiveField.Measure(row.Network, new() { Clamping = Saturation }).TotalGain;
}
