using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Rf3d.Planning;

/// <summary>What happens in a stage where the chosen block breaks the Rule of Kernel Replacement.</summary>
[JsonConverter(typeof(EnumNameConverter<ReplacementRuleMode>))]
public enum ReplacementRuleMode
{
    /// <summary>It is an error that names the stage and the reason.</summary>
    Required,

    /// <summary>The stage gets DW+PW, or is unchanged. The plan has the reason.</summary>
    Preferred,

    /// <summary>The stage gets the block, and the plan has the broken condition. Table 6 of the paper was obtained in this way.</summary>
    Ignored,
}

/// <summary>
/// The kernel-level decomposer (section 4.2): the cheaper blocks that replace convolutions of a planned network. Off, automatic, or a block of your choice. <c>with</c>
/// sets limits: <c>Decomposition.Auto with { MaxParameters = 500_000 }</c>.
/// </summary>
/// <remarks>
/// A k×k convolution becomes a depthwise convolution (DW) for the pixels and a kernel for the channels: pointwise (PW), grouped pointwise after a channel shuffle (GPW),
/// or rolling pointwise (RPW). A 1×1 convolution becomes the latter alone. The first unit and the stem are unchanged. As text: "off", "auto", "dw+pw",
/// "dw+shuffle+gpw-g4", "dw+rpw-g2-o50"; o33 and o67 mean thirds, o33.0 is 0.33.
/// </remarks>
public sealed partial record Decomposition : IParsable<Decomposition>
{
    private readonly int _maxGroups = 2;
    private readonly long? _maxMacs;
    private readonly long? _maxParameters;

    private const string GroupsOfGrouped = "A grouped pointwise convolution needs at least 2 groups; with one group it is DW+PW.";

    private Decomposition(FactorizedBlock? block = null) => Block = block;

    /// <summary>No decomposition.</summary>
    public static Decomposition Off { get; } = new();

    /// <summary>
    /// Chooses for each stage the cheapest block that keeps the Rule of Kernel Replacement: the fewest parameters, then the fewest multiply-accumulates. A stage of one
    /// unit gets DW+PW, because groups would see only a part of the channels.
    /// </summary>
    public static Decomposition Auto { get; } = new() { IsAuto = true };

    /// <summary>DW+PW, MobileNet's block.</summary>
    public static Decomposition DepthwisePointwise { get; } = new(FactorizedBlock.DepthwisePointwise);

    /// <summary>DW+shuffle+GPW, the block of Figure 5 (E).</summary>
    /// <param name="groups">g, at least 2: a filter sees one g-th of the channels.</param>
    /// <param name="shuffle">False for DW+GPW, which breaks the rule because its groups never exchange channels.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="groups"/> below 2.</exception>
    public static Decomposition DepthwiseGrouped(int groups, bool shuffle = true)
    {
        if (groups < 2)
            throw new ArgumentOutOfRangeException(nameof(groups), groups, GroupsOfGrouped);
        return new(new FactorizedBlock(shuffle ? ChannelMixing.ShuffledGrouped : ChannelMixing.Grouped, groups));
    }

    /// <summary>DW+RPW, the paper's new block (Figure 5, F).</summary>
    /// <param name="groups">g, at least 2: a filter sees one g-th of the channels. Default: 2.</param>
    /// <param name="overlap">o, from 0 to below 1: the share of them that neighbouring filters have in common. Default: 0.5.</param>
    /// <exception cref="ArgumentOutOfRangeException">Groups or overlap out of range.</exception>
    public static Decomposition DepthwiseRolling(int groups = 2, double overlap = 0.5) => new(new FactorizedBlock(
        ChannelMixing.Rolling, Require.GroupsOfRolling(groups, nameof(groups)), Require.Overlap(overlap, nameof(overlap))));

    /// <summary>For <see cref="Auto"/>: the most groups of a block.</summary>
    /// <value>A power of 2, at most 1,024. Default: 2.</value>
    /// <remarks>
    /// More groups are cheaper and less accurate: in Table 6 of the paper, blocks with 2 groups lose 0.25 points against standard convolutions, with 4 groups more than 1
    /// point, and with 8 groups nearly 3. With 1, only DW+PW is used.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">No power of 2, or above 1024.</exception>
    public int MaxGroups
    {
        get => _maxGroups;
        init => _maxGroups = value is > 0 and <= 1024 && int.IsPow2(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxGroups), value, "MaxGroups must be a power of 2, at most 1024.");
    }

    /// <summary>What happens in a stage where a block of your choice breaks the Rule of Kernel Replacement.</summary>
    /// <value>Default: <see cref="ReplacementRuleMode.Required"/>, an error.</value>
    public ReplacementRuleMode Rule { get; init; }

    /// <summary>Most multiply-accumulates of the decomposed network for one image.</summary>
    /// <value>At least 1. Default: null, no limit.</value>
    /// <remarks>The organizer, if it is on, uses it as its own budget. A plan that is still above the limit is an error.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public long? MaxMacs { get => _maxMacs; init => _maxMacs = Budget.RequirePositive(value, nameof(MaxMacs)); }

    /// <summary>Most learned parameters of the decomposed network.</summary>
    /// <value>At least 1. Default: null, no limit.</value>
    /// <remarks>It works as <see cref="MaxMacs"/> does.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public long? MaxParameters { get => _maxParameters; init => _maxParameters = Budget.RequirePositive(value, nameof(MaxParameters)); }

    internal FactorizedBlock? Block { get; private init; }

    internal bool IsAuto { get; private init; }

    internal bool IsOff => Block is null && !IsAuto;

    /// <summary>Reads "off", "auto", "dw+pw", "dw+gpw-g4", "dw+shuffle+gpw-g4", "dw+rpw-g2-o50", in any case.</summary>
    /// <exception cref="FormatException">Another text, or groups or overlap out of range; the message says what is possible.</exception>
    public static Decomposition Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        switch (s.Trim().ToLowerInvariant())
        {
            case "off":
                return Off;
            case "auto":
                return Auto;
            case "dw+pw":
                return DepthwisePointwise;
        }
        if (GroupedText().Match(s) is { Success: true } grouped && Groups(grouped, 2) is { } groups)
            return groups >= 2 ? DepthwiseGrouped(groups, shuffle: grouped.Groups[1].Success) : throw Refused(s, GroupsOfGrouped);
        if (RollingText().Match(s) is { Success: true } rolling && Groups(rolling, 1) is { } windows && Overlap(rolling.Groups[2].Value) is { } overlap)
        {
            if (windows < 2)
                throw Refused(s, Require.GroupsOfRollingText);
            return overlap < 1 ? DepthwiseRolling(windows, overlap) : throw Refused(s, Require.OverlapText);
        }
        throw Refused(s, "Possible: off, auto, dw+pw, dw+shuffle+gpw-gG and dw+rpw-gG-oO with G groups and O per cent overlap, as in dw+rpw-g2-o50.");

        // Null for numbers that no type holds.
        static int? Groups(Match match, int group) => int.TryParse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        static double? Overlap(string percent) => decimal.TryParse(percent, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _) ? LayerName.Overlap(percent) : null;
        static FormatException Refused(string text, string reason) => new($"'{text}' is not a decomposition. {reason}");
    }

    /// <inheritdoc cref="Parse"/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out Decomposition result)
    {
        try
        {
            result = s is null ? null : Parse(s, provider);
        }
        catch (FormatException)
        {
            result = null;
        }
        return result is not null;
    }

    /// <summary>The text that <see cref="Parse"/> reads; limits are not part of it.</summary>
    public override string ToString() => IsAuto ? "auto" : Block?.ToString() ?? "off";

    [GeneratedRegex(@"^\s*dw\+(shuffle\+)?gpw-g(\d+)\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex GroupedText();

    [GeneratedRegex(@"^\s*dw\+rpw-g(\d+)-o(\d+(?:\.\d+)?)%?\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex RollingText();
}
