using System.Text.Json;
using Rf3d.Datasets;

namespace Rf3d.Fuzz;

/// <summary>Image files by <c>rf3d predict</c>: many in a folder for each process.</summary>
internal sealed class PredictKind : ImageFileKind
{
    private const string Model = "model.zip", Images = "images", Between = ": cannot be read: ";

    public override string Name => "predict";

    public override string Subject => $"The same image files by `rf3d predict`, {Together} in a folder for each process, whose processor time and memory are given (each file is scored as the library scores its pixels, or named with a reason)";

    public override int Together => 500;

    public override void Prepare(string folder, string? application) => File.WriteAllBytes(Path.Combine(folder, Model), DrawnModels.Zip(null, testTimeFlip: false, seed: 1));

    public override FuzzCheck Open(Corpus corpus, string folder) => new Check(folder);

    private sealed class Check : FuzzCheck
    {
        private readonly Dictionary<string, float[]> _scored = [];
        private readonly Dictionary<string, string> _refused = [];
        private readonly Dictionary<string, string> _faults = [];
        private readonly LibraryScores _library;
        private readonly string _model;
        private readonly string _images;
        private long _peak;
        private double _seconds;

        public Check(string folder)
        {
            (_model, _images) = (Path.Combine(folder, Model), Path.Combine(folder, Images));
            _library = new LibraryScores(_model, ImageReader.DefaultMaxPixels);
        }

        public override string Subject => _images;

        public override long Peak => _peak;

        public override double? ProcessorSeconds => _seconds;

        public override void ResetPeak() => (_peak, _seconds) = (0, 0);

        public override void Begin(IReadOnlyList<FuzzInput> inputs)
        {
            foreach (var results in new System.Collections.IDictionary[] { _scored, _refused, _faults })
                results.Clear();
            if (Directory.Exists(_images))
                Directory.Delete(_images, recursive: true);
            Directory.CreateDirectory(_images);
            foreach (var input in inputs)
                File.WriteAllBytes(PathOf(input), input.Content);
            var run = Predict(_images);
            if (run.Fault is null)
            {
                Take(run);
                return;
            }
            foreach (var path in inputs.Select(PathOf))
            {
                var alone = Predict(path);
                if (alone.Fault is null)
                    Take(alone);
                else
                    _faults[path] = alone.Fault;
            }
            // None of them alone is at fault.
            if (_faults.Count == 0)
                _faults[PathOf(inputs[0])] = $"All {inputs.Count} in one process: {run.Fault}";
        }

        public override string Run(FuzzInput input)
        {
            var path = PathOf(input);
            if (_faults.TryGetValue(path, out var fault))
                throw new WrongResultException(fault);
            return (_scored.TryGetValue(path, out var scores), _refused.TryGetValue(path, out var reason)) switch
            {
                (true, false) => _library.Check(input.Content, expected => scores!.Zip(expected, (one, other) => Math.Abs(one - (double)other)).Max()),
                (false, true) => throw _library.Refusal(input.Content, "named with a reason", reason!),
                (true, true) => throw new WrongResultException("It is scored and refused."),
                _ => throw new WrongResultException("It is neither scored nor named."),
            };
        }

        public override void Dispose()
        {
            _library.Dispose();
            base.Dispose();
        }

        private string PathOf(FuzzInput input) => Path.Combine(_images, $"{input.Index:0000000}-{input.File.Name}");

        private ToolRun Predict(string path)
        {
            var run = ToolRun.Start(FuzzLimits.Input, "predict", _model, path, "--format", "json");
            (_peak, _seconds) = (Math.Max(_peak, run.Peak), Math.Max(_seconds, run.Seconds));
            return run;
        }

        private void Take(ToolRun run)
        {
            foreach (var line in run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                using var json = JsonDocument.Parse(line);
                var scores = json.RootElement.GetProperty("scores");
                _scored[json.RootElement.GetProperty("file").GetString()!] = [.. _library.Classes.Select(name => scores.GetProperty(name).GetSingle())];
            }
            foreach (var line in run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                if (line.Split(Between, 2) is [var path, var reason])
                    _refused[path] = reason;
            }
        }
    }
}
