namespace Rf3d.MLNet;

/// <summary>The options of a training that the readers of its images need, each by its name there.</summary>
internal sealed record ImageReadingOptions(ImageStorage ImageStorage, long? MaxImageMemory, string? ImageCacheDirectory, bool Deterministic, bool BalancedSampling);
