namespace Rf3d.Benchmarks;

/// <summary>A kind of request, and the right answers.</summary>
/// <param name="Kind">Its name in the report.</param>
/// <param name="Weight">How often it is sent, beside the others.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The path of the address.</param>
/// <param name="Body">The body; null for none.</param>
/// <param name="Statuses">The status codes that are right.</param>
/// <param name="Scores">The scores that a success must have, in the order of the classes; empty where it must be refused.</param>
internal sealed record LoadRequest(string Kind, int Weight, HttpMethod Method, string Path, Func<HttpContent>? Body, IReadOnlyList<int> Statuses, IReadOnlyList<float> Scores)
{
    /// <summary>Whether the client ends the connection in the middle of the body.</summary>
    public bool IsAbandoned { get; init; }

    public bool IsGood => Scores.Count > 0;

    public HttpRequestMessage Create(Uri address) => new(Method, new Uri(address, Path)) { Content = Body?.Invoke() };
}
