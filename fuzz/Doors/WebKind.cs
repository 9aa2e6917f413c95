using System.Globalization;
using System.Net.Http.Headers;
using Rf3d.Benchmarks;

namespace Rf3d.Fuzz;

/// <summary>Image files sent to a generated web API, which is a process of its own.</summary>
internal sealed class WebKind : ImageFileKind
{
    // The limit of the web API.
    private const long MaxPixels = 25_000_000;
    private const string ProgramFile = "program.txt", ProcessFile = "process.txt";

    private static readonly int[] Refusals = [400, 413, 415, 422];

    public override string Name => "web";

    public override string Subject => "The same image files sent to a generated web API, whose memory is given (status 200 with the library's scores of its pixels, or a refusal with a reason; in turns as the body, as the body of no type, and as a file of a form)";

    public override bool IsQuick => false;

    public override void Prepare(string folder, string? application) => File.WriteAllText(
        Path.Combine(folder, ProgramFile),
        GeneratedService.Program(application ?? Path.Combine(folder, "application"), "--architecture", "MobileNet", "--width-multiplier", "0.25", "--image-size", "32", "--epoch", "2", "--batch-size", "16", "--no-report"));

    public override void CleanUp(string folder)
    {
        var path = Path.Combine(folder, ProcessFile);
        if (!File.Exists(path))
            return;
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(int.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture));
            process.Kill(entireProcessTree: true);
        }
        catch (ArgumentException)
        {
            // It has ended.
        }
        File.Delete(path);
    }

    public override FuzzCheck Open(Corpus corpus, string folder) => new Check(folder);

    private sealed class Check : FuzzCheck
    {
        private readonly string _folder;
        private readonly string _program;
        private readonly LibraryScores _library;
        private readonly HttpClient _client = new() { Timeout = 2 * FuzzLimits.Input };
        private ServiceProcess _service;

        public Check(string folder)
        {
            _folder = folder;
            _program = File.ReadAllText(Path.Combine(folder, ProgramFile));
            _library = new LibraryScores(GeneratedService.ModelOf(_program), MaxPixels);
            _service = Start();
        }

        public override string Subject => _program;

        public override long Peak => ProcessMemory.Peak(_service.Id);

        public override void ResetPeak() => PeakReset.Reset(_service.Id);

        public override string Run(FuzzInput input)
        {
            try
            {
                using var content = Body(input);
                using var response = _client.PostAsync(new Uri(_service.Address, "/predict"), content).GetAwaiter().GetResult();
                return Judge(input.Content, ServiceAnswer.Read(response).GetAwaiter().GetResult());
            }
            catch (Exception error) when (error is HttpRequestException or IOException or TaskCanceledException)
            {
                // A moment, in which a process that is ending ends.
                var ended = _service.WaitForExit(TimeSpan.FromSeconds(1)) is null ? "" : $" The process ended: {_service.Ending()}";
                _service.Dispose();
                _service = Start();
                throw new WrongResultException($"No answer: {error.GetBaseException().Message}{ended}");
            }
        }

        public override void Dispose()
        {
            _service.Dispose();
            _client.Dispose();
            _library.Dispose();
            base.Dispose();
        }

        private static HttpContent Body(FuzzInput input)
        {
            var file = new ByteArrayContent(input.Content);
            if (input.Index % 3 == 0)
                return file;
            file.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
            return input.Index % 3 == 1 ? file : new MultipartFormDataContent { { file, "image", input.File.Name } };
        }

        private ServiceProcess Start()
        {
            var service = ServiceProcess.Start(_program, _folder);
            File.WriteAllText(Path.Combine(_folder, ProcessFile), service.Id.ToString(CultureInfo.InvariantCulture));
            return service;
        }

        private string Judge(byte[] content, ServiceAnswer answer)
        {
            if (answer.Status == 200)
                return _library.Check(content, expected => answer.DifferenceFrom(_library.Classes, expected));
            if (!Refusals.Contains(answer.Status))
                throw new WrongResultException($"Status {answer.Status}: {answer.Reason} {_service.Log}");
            throw content.Length == 0
                ? new RefusedException($"status {answer.Status}, nothing was sent")
                : _library.Refusal(content, $"status {answer.Status}", answer.Reason);
        }
    }
}
