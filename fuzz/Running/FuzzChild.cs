using System.Diagnostics;
using System.Globalization;

namespace Rf3d.Fuzz;

/// <summary>Reads inputs one after the other in this process, and says before each which one it is.</summary>
internal static class FuzzChild
{
    public const string Command = "child";
    public const string Ready = "ready";
    public const string Begin = "begin";

    public static void Run(FuzzKind kind, string corpusFolder, string folder, ulong seed, long from, long end)
    {
        var corpus = Corpus.Read(corpusFolder);
        using var check = kind.Open(corpus, folder);
        Say(Ready);
        for (var index = from; index < end; index++)
        {
            Say(string.Create(CultureInfo.InvariantCulture, $"{Begin}\t{index}"));
            var input = FuzzInput.Of(kind, corpus, seed, index);
            check.ResetPeak();
            var start = Stopwatch.GetTimestamp();
            if (kind.Together > 1 && (index - from) % kind.Together == 0)
                check.Begin([.. Enumerable.Range(0, (int)Math.Min(kind.Together, end - index)).Select(ahead => FuzzInput.Of(kind, corpus, seed, index + ahead))]);
            var (verdict, text) = Judge(kind, check, input);
            var seconds = check.ProcessorSeconds ?? Stopwatch.GetElapsedTime(start).TotalSeconds;
            Say(new FuzzOutcome(index, verdict, seconds, check.Peak, text).ToString());
        }
    }

    /// <summary>The result of an input.</summary>
    public static (FuzzVerdict Verdict, string Text) Judge(FuzzKind kind, FuzzCheck check, FuzzInput input)
    {
        try
        {
            return (FuzzVerdict.Read, check.Run(input));
        }
        catch (WrongResultException wrong)
        {
            return (FuzzVerdict.Failed, wrong.Message);
        }
        catch (RefusedException refused) when (!input.IsIntact)
        {
            return (FuzzVerdict.Refused, refused.Message);
        }
        catch (RefusedException refused)
        {
            return (FuzzVerdict.Failed, $"An intact file is refused: {refused.Message}.");
        }
        catch (Exception error) when (input.IsIntact && kind.IsDocumented(error) && !check.MayRefuse(input.File))
        {
            return (FuzzVerdict.Failed, $"An intact file is refused. {error.GetType().Name}: {error.Message}");
        }
        catch (Exception error) when (!kind.IsDocumented(error))
        {
            return (FuzzVerdict.Failed, $"An error that is not documented. {error}");
        }
        catch (Exception error) when (kind.NamesFile && !error.Message.Contains(check.Subject, StringComparison.Ordinal))
        {
            return (FuzzVerdict.Failed, $"The error does not name the file. {error.GetType().Name}: {error.Message}");
        }
        catch (Exception error)
        {
            return (FuzzVerdict.Refused, error.GetType().Name);
        }
    }

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
