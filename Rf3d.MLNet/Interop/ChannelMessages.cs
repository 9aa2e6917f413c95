using Microsoft.ML.Runtime;

namespace Rf3d.MLNet;

/// <summary>Messages to <c>MLContext.Log</c>. Text, not formats: class names may have braces.</summary>
internal static class ChannelMessages
{
    public static void Info(this IChannel channel, string text) => channel.Info(MessageSensitivity.Unknown, text);

    public static void Warning(this IChannel channel, string text) => channel.Warning(MessageSensitivity.Unknown, text);
}
