using System.Net;
using Microsoft.AspNetCore.Builder;

namespace Rf3d.ModelBuilder.Tests.Serving;

/// <summary>The page of <c>rf3d serve</c>, at a port of its own.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly ServedModels _models;
    private readonly WebApplication _application;

    private Site(ServedModels models, WebApplication application)
    {
        (_models, _application) = (models, application);
        Client = new HttpClient { BaseAddress = new Uri(application.Urls.First()) };
    }

    public HttpClient Client { get; }

    public string Address => Client.BaseAddress!.ToString();

    public static async Task<Site> Start(params string[] models)
    {
        var served = ServedModels.Load(models);
        var application = ModelSite.Create(served, new SiteSettings(IPAddress.Loopback, 0, 1_000_000, ApplyOrientation: true));
        await application.StartAsync();
        return new(served, application);
    }

    public async Task<HttpResponseMessage> Post(string path, byte[] content)
    {
        using var body = new ByteArrayContent(content);
        return await Client.PostAsync(new Uri(path, UriKind.Relative), body);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _application.StopAsync();
        await _application.DisposeAsync();
        _models.Dispose();
    }
}
