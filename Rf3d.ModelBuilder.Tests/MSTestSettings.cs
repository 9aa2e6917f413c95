// TorchSharp uses every core by itself; two trainings side by side would only get in each other's way.
[assembly: DoNotParallelize]
