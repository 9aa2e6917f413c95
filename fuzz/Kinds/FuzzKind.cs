using Rf3d.Datasets;

using Rf3d.Benchmarks;

namespace Rf3d.Fuzz;

/// <summary>A kind of file that the library reads.</summary>
internal abstract class FuzzKind
{
    /// <summary>All kinds, in the order of their reports.</summary>
    public static IReadOnlyList<FuzzKind> All { get; } =
        [new ImageKind(), new ModelKind(), new OnnxKind(), new SafeTensorsKind(), new CifarKind(), new CacheKind(), new CheckpointKind(), new PredictKind(), new WebKind()];

    /// <exception cref="ArgumentException">There is no such kind.</exception>
    public static FuzzKind Named(string name) => All.Append(new FaultKind()).FirstOrDefault(kind => kind.Name == name)
        ?? throw new ArgumentException($"There is no kind '{name}'. There are {string.Join(", ", All.Select(kind => kind.Name))}.");

    /// <summary>Its name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>The input and its reader, for the report.</summary>
    public abstract string Subject { get; }

    /// <summary>The documented exceptions, and no types derived from them but those of <see cref="IOException"/>.</summary>
    public abstract IReadOnlyList<Type> Errors { get; }

    /// <summary>Whether the errors name the file. Of parts whose callers add the name they do not.</summary>
    public virtual bool NamesFile => true;

    /// <summary>Makes the intact files. The same ones whenever it is called.</summary>
    public abstract void WriteCorpus(string folder);

    /// <summary>Makes other files that the children need, once for a run.</summary>
    /// <param name="folder">The folder that all of them work in.</param>
    /// <param name="application">A generated application that was built, or a folder for it; null for a temporary one.</param>
    public virtual void Prepare(string folder, string? application)
    {
    }

    /// <summary>Ends processes that a child may have left running.</summary>
    public virtual void CleanUp(string folder)
    {
    }

    /// <summary>Inputs that are read by one process, which together may take the time of so many.</summary>
    public virtual int Together => 1;

    /// <summary>Whether the kind 'all' runs it: one that takes minutes before the first input is not run.</summary>
    public virtual bool IsQuick => true;

    /// <summary>Gets ready to check inputs: reads the intact files.</summary>
    public abstract FuzzCheck Open(Corpus corpus, string folder);

    /// <summary>Restores checksums after a change, so that the change reaches the code behind them; or leaves the content as it is.</summary>
    public virtual byte[] Reseal(byte[] content) => content;

    /// <summary>A valid file of the same format with another content, which changes of bytes would hardly reach; null where there is no such form.</summary>
    public virtual (byte[] Content, string Change)? Restructure(ref SplitMix64 random, CorpusFile file, Corpus corpus) => null;

    /// <summary>Whether an error is one of the documented ones.</summary>
    public bool IsDocumented(Exception error) => Errors.Any(type => type == error.GetType() || (type == typeof(IOException) && error is IOException));
}

/// <summary>Reads inputs of one kind.</summary>
internal abstract class FuzzCheck : IDisposable
{
    /// <summary>Reads an input. Exceptions of the library pass through.</summary>
    /// <returns>The result in a word or two.</returns>
    /// <exception cref="WrongResultException">The library read it without an error, and the result is wrong.</exception>
    public abstract string Run(FuzzInput input);

    /// <summary>Gets the next inputs, of which each then runs, where <see cref="FuzzKind.Together"/> is more than one.</summary>
    public virtual void Begin(IReadOnlyList<FuzzInput> inputs)
    {
    }

    /// <summary>Lets the peak of the memory begin again, before an input.</summary>
    public virtual void ResetPeak() => PeakReset.Reset(Environment.ProcessId);

    /// <summary>The largest memory since then, in bytes, of the process that reads the inputs.</summary>
    public virtual long Peak => ProcessMemory.Peak(Environment.ProcessId);

    /// <summary>Processor time of the process that read the last input, in seconds; null where the time by the clock counts.</summary>
    public virtual double? ProcessorSeconds => null;

    /// <summary>The file or folder that an error of the last input must name.</summary>
    public abstract string Subject { get; }

    /// <summary>Whether an intact file is refused, too.</summary>
    public virtual bool MayRefuse(CorpusFile file) => false;

    public virtual void Dispose()
    {
    }
}

/// <summary>A result without an error that differs from that of the intact file.</summary>
internal sealed class WrongResultException(string message) : Exception(message);

/// <summary>A refusal by a program, with the name of the file and a reason.</summary>
/// <param name="how">How it refuses, for the report.</param>
internal sealed class RefusedException(string how) : Exception(how);
