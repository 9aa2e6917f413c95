using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.ML;
using Rf3d.MLNet;
using Rf3d.MLNet.Tests.Datasets;
using SkiaSharp;

namespace Rf3d.ModelBuilder.Tests.Serving;

/// <summary>The endpoints of <c>rf3d serve</c>.</summary>
[TestClass]
public class ModelSiteTests
{
    private static Site _site = null!;

    private static string Red => GeneratedApplication.TestImage("red");

    [ClassInitialize]
    public static async Task Start(TestContext context) => _site = await Site.Start(GeneratedApplication.Model);

    [ClassCleanup]
    public static async Task Stop() => await _site.DisposeAsync();

    [TestMethod]
    [DataRow("/predict")]
    [DataRow("/predict?model=Colours")]
    public async Task Scores_are_those_of_the_model(string path)
    {
        using var model = Rf3dSavedModel.Load(new MLContext(), GeneratedApplication.Model);
        var expected = model.Predict(Red);
        using var answer = await _site.Post(path, await File.ReadAllBytesAsync(Red));
        var prediction = (await answer.Content.ReadFromJsonAsync<SitePrediction>())!;
        Assert.AreEqual(("Colours", expected.PredictedLabel), (prediction.Model, prediction.PredictedLabel));
        CollectionAssert.AreEqual(model.Classes.Zip(expected.Scores).OrderByDescending(pair => pair.Second).ToList(), prediction.Scores.Select(score => (score.Label, score.Score)).ToList());
    }

    [TestMethod]
    public async Task A_form_does_as_well_as_a_body()
    {
        using var form = new MultipartFormDataContent();
        using var file = new ByteArrayContent(await File.ReadAllBytesAsync(Red));
        form.Add(file, "image", "upload.png");
        using var answer = await _site.Client.PostAsync(new Uri("/predict", UriKind.Relative), form);
        Assert.AreEqual("red", (await answer.Content.ReadFromJsonAsync<SitePrediction>())!.PredictedLabel);
    }

    [TestMethod]
    public async Task A_form_without_its_parts_is_refused_with_the_reason()
    {
        using var body = new ByteArrayContent(await File.ReadAllBytesAsync(Red));
        body.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data");
        using var answer = await _site.Client.PostAsync(new Uri("/predict", UriKind.Relative), body);
        Assert.AreEqual(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("malformed", await Detail(answer));
    }

    // The type that curl declares unless another one is given.
    [TestMethod]
    public async Task A_body_that_calls_itself_a_form_of_text_is_an_image()
    {
        using var body = new ByteArrayContent(await File.ReadAllBytesAsync(Red));
        body.Headers.ContentType = new("application/x-www-form-urlencoded");
        using var answer = await _site.Client.PostAsync(new Uri("/predict", UriKind.Relative), body);
        Assert.AreEqual("red", (await answer.Content.ReadFromJsonAsync<SitePrediction>())!.PredictedLabel);
    }

    [TestMethod]
    public async Task Models_and_classes_are_listed()
    {
        var model = (await _site.Client.GetFromJsonAsync<List<SiteModel>>("/models"))!.Single();
        Assert.AreEqual(("Colours", 16, 16), (model.Name, model.ImageHeight, model.ImageWidth));
        CollectionAssert.AreEqual(new[] { "blue", "green", "red" }, model.Labels.ToArray());
        Assert.AreEqual("healthy", (await _site.Client.GetFromJsonAsync<SiteHealth>("/health"))!.Status);
    }

    [TestMethod]
    public async Task A_class_activation_map_is_a_picture_of_the_size_that_the_network_sees()
    {
        using var answer = await _site.Post("/map?label=red", await File.ReadAllBytesAsync(Red));
        Assert.AreEqual("image/png", answer.Content.Headers.ContentType!.MediaType);
        using var picture = SKBitmap.Decode(await answer.Content.ReadAsByteArrayAsync());
        Assert.AreEqual((16, 16), (picture.Width, picture.Height));
        using var other = await _site.Post("/map?label=blue", await File.ReadAllBytesAsync(Red));
        using var otherPicture = SKBitmap.Decode(await other.Content.ReadAsByteArrayAsync());
        CollectionAssert.AreNotEqual(picture.Bytes, otherPicture.Bytes);
    }

    [TestMethod]
    public async Task Formats_that_a_browser_does_not_show_come_as_png_and_upright()
    {
        using var answer = await _site.Post("/preview", PictureFiles.Photograph("tiff", 6));
        using var picture = SKBitmap.Decode(await answer.Content.ReadAsByteArrayAsync());
        Assert.AreEqual((PictureFiles.Width, PictureFiles.Height), (picture.Width, picture.Height));
        Assert.AreEqual(PictureFiles.Upright(4, 20), picture.GetPixel(4, 20));
    }

    [TestMethod]
    [DataRow("/predict?model=Other", HttpStatusCode.NotFound, "There is no model 'Other'. The models are 'Colours'.")]
    [DataRow("/map?label=yellow", HttpStatusCode.NotFound, "There is no class 'yellow'.")]
    public async Task Models_and_classes_that_do_not_exist_are_named(string path, HttpStatusCode status, string reason)
    {
        using var answer = await _site.Post(path, await File.ReadAllBytesAsync(Red));
        Assert.AreEqual(status, answer.StatusCode);
        Assert.StartsWith(reason, await Detail(answer));
    }

    [TestMethod]
    public async Task Requests_without_a_valid_image_are_refused_with_the_reason()
    {
        foreach (var path in new[] { "/predict", "/map", "/preview" })
        {
            using var empty = await _site.Post(path, []);
            Assert.AreEqual(HttpStatusCode.BadRequest, empty.StatusCode);
            Assert.StartsWith("No image was sent.", await Detail(empty));
            using var text = await _site.Post(path, "no image"u8.ToArray());
            Assert.AreEqual(HttpStatusCode.BadRequest, text.StatusCode);
            Assert.Contains("not an image", await Detail(text));
            using var large = await _site.Post(path, PictureFiles.Encode("png", 1001, 1000, (_, _) => SKColors.Gray));
            Assert.AreEqual(HttpStatusCode.BadRequest, large.StatusCode);
            using var cut = await _site.Post(path, (await File.ReadAllBytesAsync(Red))[..60]);
            Assert.AreEqual(HttpStatusCode.BadRequest, cut.StatusCode);
        }
    }

    [TestMethod]
    public async Task Only_names_of_this_machine_are_answered()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/models");
        request.Headers.Host = "rebound.example";
        using var answer = await _site.Client.SendAsync(request);
        Assert.AreEqual(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [TestMethod]
    public async Task Requests_of_other_sites_are_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/models");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        using var answer = await _site.Client.SendAsync(request);
        Assert.AreEqual(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [TestMethod]
    public async Task Images_are_classified_while_other_uploads_are_slow()
    {
        var image = await File.ReadAllBytesAsync(Red);
        // One more than are classified at a time.
        await SlowUpload.During(_site.Client.BaseAddress!, image, (2 * Environment.ProcessorCount) + 1, async () =>
        {
            using var answer = await _site.Post("/predict", image);
            Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode);
        });
    }

    [TestMethod]
    public async Task Uploads_share_a_memory_until_they_are_answered()
    {
        var memory = new UploadMemory(10);
        using var second = new UploadStream(new MemoryStream(new byte[6]), memory);
        using (var first = new UploadStream(new MemoryStream(new byte[6]), memory))
        {
            Assert.AreEqual(6, await first.ReadAsync(new byte[8]));
            await Assert.ThrowsExactlyAsync<UploadMemoryException>(() => second.ReadAsync(new byte[8]).AsTask());
        }
        using var third = new UploadStream(new MemoryStream(new byte[10]), memory);
        Assert.AreEqual(10, await third.ReadAsync(new byte[12]));
    }

    [TestMethod]
    public async Task An_upload_that_is_too_large_gets_its_answer()
    {
        using var answer = await _site.Post("/predict", new byte[SiteSettings.MaxUploadBytes + 1]);
        Assert.AreEqual(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [TestMethod]
    public async Task The_page_loads_nothing_from_elsewhere()
    {
        foreach (var path in new[] { "/", "/page.css", "/page.js" })
        {
            using var answer = await _site.Client.GetAsync(new Uri(path, UriKind.Relative));
            Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode, path);
            Assert.DoesNotContain("//", (await answer.Content.ReadAsStringAsync()).Replace("// ", "", StringComparison.Ordinal), path);
            Assert.StartsWith("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
        }
    }

    [TestMethod]
    public async Task OpenAPI_describes_the_endpoints()
    {
        using var document = JsonDocument.Parse(await _site.Client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)));
        CollectionAssert.AreEquivalent(
            new[] { "/health", "/models", "/predict", "/map", "/preview" }, document.RootElement.GetProperty("paths").EnumerateObject().Select(path => path.Name).ToArray());
        var predict = document.RootElement.GetProperty("paths").GetProperty("/predict").GetProperty("post");
        Assert.IsTrue(predict.GetProperty("requestBody").GetProperty("content").TryGetProperty("application/octet-stream", out _));
        Assert.IsTrue(predict.GetProperty("responses").GetProperty("200").GetProperty("content").TryGetProperty("application/json", out _));
    }

    [TestMethod]
    public void Models_of_one_name_get_the_names_of_their_folders()
    {
        CollectionAssert.AreEqual(new[] { "A", "B" }, ServedModels.Names(["x/A.zip", "B.zip"]).ToArray());
        CollectionAssert.AreEqual(new[] { "x/A", "y/A", "B" }, ServedModels.Names(["x/A.zip", "y/A.zip", "B.zip"]).ToArray());
        CollectionAssert.AreEqual(new[] { "x/A", "x/A (2)" }, ServedModels.Names(["x/A.zip", "x/A.zip"]).ToArray());
    }

    private static async Task<string> Detail(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString()!;
}
