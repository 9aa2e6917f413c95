using System.Text.Json.Serialization;

namespace Rf3d.Planning;

/// <summary>Enums as their names. The framework's own converter would let any number through.</summary>
internal sealed class EnumNameConverter<TEnum>() : JsonStringEnumConverter<TEnum>(namingPolicy: null, allowIntegerValues: false)
    where TEnum : struct, Enum;
