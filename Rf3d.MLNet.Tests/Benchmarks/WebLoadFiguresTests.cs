using System.Net;
using System.Text;
using Rf3d.Benchmarks;

namespace Rf3d.MLNet.Tests.Benchmarks;

/// <summary>Figures and report of the benchmark of the generated web API.</summary>
[TestClass]
public sealed class WebLoadFiguresTests
{
    [TestMethod]
    public void Memory_that_grows_is_not_flat()
    {
        // 100 MB, of which the first minute takes the last 40; a sample a second for ten minutes.
        var flat = Enumerable.Range(0, 600).Select(second => (second / 60.0, second < 60 ? 60_000_000L + (second * 600_000L) : 100_000_000L + (second % 7 * 100_000L))).ToList();
        var trend = MemoryTrend.Of(flat)!;
        Assert.IsTrue(trend.IsFlat);
        Assert.AreEqual(100.3, trend.FirstTenth, 0.1);
        Assert.AreEqual(0, trend.Slope, 0.5);

        // And 6 MB a minute.
        var growing = flat.Select(sample => (sample.Item1, sample.Item2 + (long)(6_000_000 * sample.Item1))).ToList();
        trend = MemoryTrend.Of(growing)!;
        Assert.IsFalse(trend.IsFlat);
        Assert.AreEqual(360, trend.Slope, 0.5);
        Assert.AreEqual(8, trend.Minutes, 0.1);
        Assert.HasCount(10, trend.Tenths);
        Assert.IsNull(MemoryTrend.Of(flat[..5]));
    }

    [TestMethod]
    public void Percentiles_are_measurements()
    {
        float[] values = [.. Enumerable.Range(1, 200).Reverse()];
        Assert.AreEqual(100, Percentile.Of(values, 0.5));
        Assert.AreEqual(198, Percentile.Of(values, 0.99));
        Assert.AreEqual(7, Percentile.Of([7], 0.99));
        Assert.AreEqual(0, Percentile.Of([], 0.5));
    }

    [TestMethod]
    public async Task Answers_are_read()
    {
        using var success = Response(HttpStatusCode.OK, "application/json; charset=utf-8", "{\"predictedLabel\":\"b\",\"scores\":[{\"label\":\"b\",\"score\":0.75},{\"label\":\"a\",\"score\":0.25}]}");
        var answer = await ServiceAnswer.Read(success);
        Assert.AreEqual(0, answer.DifferenceFrom(["a", "b"], [0.25f, 0.75f]));
        Assert.AreEqual(0.25, answer.DifferenceFrom(["a", "b"], [0.5f, 0.75f]));
        Assert.AreEqual(double.PositiveInfinity, answer.DifferenceFrom(["a", "c"], [0.25f, 0.75f]));
        Assert.AreEqual(double.PositiveInfinity, (answer with { PredictedLabel = "a" }).DifferenceFrom(["a", "b"], [0.25f, 0.75f]));

        using var refusal = Response(HttpStatusCode.BadRequest, "application/problem+json", "{\"title\":\"Bad Request\",\"detail\":\"The image cannot be read.\"}");
        Assert.AreEqual("The image cannot be read.", (await ServiceAnswer.Read(refusal)).Reason);
        using var busy = Response(HttpStatusCode.TooManyRequests, "text/plain", "");
        busy.Headers.Add("Retry-After", "1");
        Assert.AreEqual(new ServiceAnswer(429, "", answer.Scores, "", true), (await ServiceAnswer.Read(busy)) with { Scores = answer.Scores });
    }

    [TestMethod]
    public void Parts_are_kept_and_reported_together()
    {
        using var folder = new TempFolder();
        var conditions = new PartConditions("web-load", ["a machine"], false);
        var row = new SpeedRow("JPEG", [100, 110, 90], [50, 55, 45], [80, 88, 72], 1, 2, 3, 4, 0.5, 0.6, 0.7, 1e-6);
        new WebLoadResults(new(conditions, 8, 3, 5, [row]), null).Save(folder["results.json"]);
        var tally = new LoadTally();
        foreach (var (status, fault) in new[] { (200, (string?)null), (200, null), (500, "status 500") })
            tally.Add("JPEG", status, 5, fault);
        Assert.AreEqual(1, tally.FaultCount);
        var endurance = new EnduranceResult(
            conditions with { IsBusy = true }, 8, 200, 30, 3, tally.FaultCount, tally.Counts(), [], 1e-6, new(100, 24, 150, 151, 1.5, 160, [148, 152]), 1, 1, 0, 0, new(60, 5, 54, 1, 0, 2), tally.Faults);
        (WebLoadResults.Read(folder["results.json"]) with { Endurance = endurance }).Save(folder["results.json"]);

        WebLoadReport.Of(WebLoadResults.Read(folder["results.json"])).Save(folder["report.md"]);
        var report = File.ReadAllText(folder["report.md"]);
        Assert.Contains("| JPEG | 100 (90 to 110) | 50 (45 to 55) | 80 (72 to 88) | 0.80 (0.80 to 0.80) |", report);
        Assert.Contains("| JPEG | 200: 2, 500: 1 | 5.00 | 5.00 |", report);
        Assert.Contains("**Wrong**: JPEG: status 500", report);
        Assert.Contains("of 60 that it had accepted 5 were answered before and 54 after the signal, 1 not", report);
        Assert.Contains("| 100 | 24.0 | 150 MB | 151 MB | +1.5 MB an hour | 160 MB |", report);
        Assert.Contains("in megabytes: 148, 152.", report);
        Assert.Contains("Other programs ran beside it", report);
    }

    private static HttpResponseMessage Response(HttpStatusCode status, string type, string text)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        content.Headers.Add("Content-Type", type);
        return new(status) { Content = content };
    }
}
