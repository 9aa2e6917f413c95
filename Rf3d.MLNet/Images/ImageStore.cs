using static TorchSharp.torch;

namespace Rf3d.MLNet;

/// <summary>Where the pixels of a set are, and how a batch of them comes to the training device.</summary>
internal abstract class ImageStore : IDisposable
{
    /// <summary>
    /// Whether other threads decode images while the network trains. Then <see cref="KeptMemory"/> would keep theirs as well, where memory is short.
    /// </summary>
    public virtual bool DecodesMeanwhile => false;

    /// <summary>All images of the set, [n, height, width, 3], bytes, where they are on the training device once and for all; else null. Not to be written to.</summary>
    public virtual Tensor? Resident => null;

    /// <summary>The order in which the images of a pass have to be asked for, where the store prescribes one; null where any will do.</summary>
    /// <param name="rows">[n], int64: the images that the pass is to have.</param>
    /// <param name="pass">Number of the pass: other numbers, other orders.</param>
    /// <returns>[n], int64: the same rows.</returns>
    public virtual Tensor? Order(Tensor rows, int pass) => null;

    /// <summary>
    /// Announces the images of the next calls, so that they can be made ready while the device computes. Replaces the previous announcement.
    /// </summary>
    /// <param name="request">The images.</param>
    /// <param name="cancellation">Ends the waiting in <see cref="Fetch"/>.</param>
    public virtual void Prefetch(ImageRequest request, CancellationToken cancellation)
    {
    }

    /// <param name="rows">[n], int64, of the CPU: rows of the set.</param>
    /// <returns>
    /// [n, height, width, 3], bytes, RGB from 0 to 255, on the training device; good until the next call, and not to be written to. Rows of pixels with their
    /// channels side by side are the layout that channels-last convolutions read.
    /// </returns>
    /// <exception cref="OperationCanceledException">Cancelled, where the images were announced and are not there yet.</exception>
    public abstract Tensor Fetch(Tensor rows);

    public abstract void Dispose();
}
