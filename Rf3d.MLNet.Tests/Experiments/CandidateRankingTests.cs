namespace Rf3d.MLNet.Tests.Experiments;

/// <summary>The candidates that are trained, and the reasons in the table for the others.</summary>
[TestClass]
public class CandidateRankingTests
{
    private static CandidateFigures Candidate(string name, string group = "a", double gain = 1, long macs = 1_000_000, string? problem = null, string? excess = null, string? identity = null) =>
        new(name, group, identity ?? name, gain, macs, problem, excess);

    private static int?[] Ranks(int kept, params CandidateFigures[] candidates) => [.. CandidateRanking.Rank(candidates, kept).Select(ranking => ranking.Rank)];

    [TestMethod]
    public void Within_a_group_the_highest_gain_comes_first() =>
        CollectionAssert.AreEqual(new int?[] { 3, 1, 2 }, Ranks(9, Candidate("x", gain: 1), Candidate("y", gain: 3), Candidate("z", gain: 2)));

    [TestMethod]
    public void At_equal_gain_the_one_that_uses_most_of_the_budget_comes_first() =>
        CollectionAssert.AreEqual(new int?[] { 2, 1, 3 }, Ranks(9, Candidate("x", gain: 2, macs: 5), Candidate("y", gain: 2.001, macs: 9), Candidate("z", gain: 1, macs: 99)));

    [TestMethod]
    public void Groups_take_turns_since_their_gains_do_not_compare() => CollectionAssert.AreEqual(
        new int?[] { 1, 3, 5, 2, 4 },
        Ranks(9, Candidate("x", gain: 9), Candidate("y", gain: 8), Candidate("z", gain: 7), Candidate("u", "b", 2), Candidate("v", "b", 1)));

    [TestMethod]
    public void The_first_probe_comes_before_the_others_which_cost_more_and_other_probes_take_their_turns() => CollectionAssert.AreEqual(
        new int?[] { 2, 4, 3, 5, 1, 6 },
        Ranks(9, Candidate("x", gain: 9), Candidate("y", gain: 8), Candidate("tuned", "b", 2), Candidate("probe", "b", 1) with { IsProbe = true }, Candidate("p", "c", 2) with { IsProbe = true }, Candidate("q", "c", 1) with { IsProbe = true }));

    [TestMethod]
    public void Every_group_is_among_those_that_are_trained()
    {
        CandidateFigures[] candidates = [Candidate("x", gain: 9), Candidate("y", gain: 8), Candidate("u", "b", 0.1)];
        var rankings = CandidateRanking.Rank(candidates, 2);
        CollectionAssert.AreEqual(
            new[] { Rf3dCandidateVerdict.Kept, Rf3dCandidateVerdict.RankedBelow, Rf3dCandidateVerdict.Kept }, rankings.Select(ranking => ranking.Verdict).ToArray());
        Assert.AreEqual("ranked 3 of 3, and 2 are trained: number 2 of 2 in a (gain 8.00 against 9.00 of the first)", rankings[1].Reason);
        Assert.AreEqual("ranked 2 of 3: alone in b", rankings[2].Reason);
    }

    [TestMethod]
    public void Candidates_that_are_not_trained_have_a_reason_and_no_rank()
    {
        var rankings = CandidateRanking.Rank(
            [Candidate("x", problem: "too small"), Candidate("y", excess: "7 bytes above"), Candidate("z", identity: "same"), Candidate("twin", identity: "same")], 9);
        CollectionAssert.AreEqual(new int?[] { null, null, 1, null }, rankings.Select(ranking => ranking.Rank).ToArray());
        CollectionAssert.AreEqual(
            new[] { "too small", "7 bytes above", "ranked 1 of 1: alone in a", "the same network and recipe as 'z'" }, rankings.Select(ranking => ranking.Reason).ToArray());
    }

    [TestMethod]
    public void Of_nothing_nothing_is_ranked() => Assert.IsEmpty(CandidateRanking.Rank([], 3));
}
