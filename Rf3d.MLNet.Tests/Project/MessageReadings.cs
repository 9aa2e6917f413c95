using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Rf3d.MLNet.Tests.Project;

/// <summary>Finds code that decides by the words of a message: searches in it, comparisons with it, and code that splits it.</summary>
internal static class MessageReadings
{
    private static readonly HashSet<string> Searches =
    [
        "Contains", "StartsWith", "EndsWith", "IndexOf", "LastIndexOf", "IndexOfAny", "Equals", "Compare", "CompareTo", "CompareOrdinal", "SequenceEqual", "Replace", "Split", "EnumerateSplits",
        "IsMatch", "Match", "Matches", "EnumerateMatches", "Count",
    ];

    private static readonly HashSet<string> Messages = ["Message", "RawMessage"];

    /// <returns>The line of each, counted from 1, with its code.</returns>
    public static IEnumerable<(int Line, string Code)> Of(string source)
    {
        var root = CSharpSyntaxTree.ParseText(source).GetRoot();
        foreach (var member in root.DescendantNodes().OfType<MemberDeclarationSyntax>().Where(member => member is BaseMethodDeclarationSyntax or BasePropertyDeclarationSyntax or BaseFieldDeclarationSyntax or GlobalStatementSyntax))
        {
            var names = new MessageNames(member);
            foreach (var node in member.DescendantNodes().Where(node => Reads(node, names)))
                yield return (node.GetLocation().GetLineSpan().StartLinePosition.Line + 1, node.ToString().Split('\n')[0].Trim());
        }
    }

    private static bool Reads(SyntaxNode node, MessageNames names) => node switch
    {
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: var name } access } call when Searches.Contains(name) =>
            IsMessage(access.Expression, names) || call.ArgumentList.Arguments.Any(argument => IsMessage(argument.Expression, names)),
        // error?.Message.Contains(...), error.Message?.Contains(...)
        InvocationExpressionSyntax { Expression: MemberBindingExpressionSyntax { Name.Identifier.Text: var name } } call when Searches.Contains(name) =>
            call.Ancestors().OfType<ConditionalAccessExpressionSyntax>().Any(access => IsMessage(access.Expression, names)) || call.ArgumentList.Arguments.Any(argument => IsMessage(argument.Expression, names)),
        BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression or (int)SyntaxKind.NotEqualsExpression } comparison =>
            !IsNull(comparison.Left) && !IsNull(comparison.Right) && (IsMessage(comparison.Left, names) || IsMessage(comparison.Right, names)),
        IsPatternExpressionSyntax pattern => IsMessage(pattern.Expression, names) && HasText(pattern.Pattern),
        SwitchStatementSyntax choice => IsMessage(choice.Expression, names),
        SwitchExpressionSyntax choice => IsMessage(choice.GoverningExpression, names),
        SubpatternSyntax { ExpressionColon.Expression: var member, Pattern: var pattern } => IsMessageName(member) && HasText(pattern),
        _ => false,
    };

    /// <summary>Whether an expression is a text of a message: the message itself, or a text that was made of it without looking for words.</summary>
    internal static bool IsMessage(ExpressionSyntax expression, MessageNames names) => expression switch
    {
        IdentifierNameSyntax name => names.IsText(name),
        MemberAccessExpressionSyntax access => IsMessageName(access),
        MemberBindingExpressionSyntax binding => Messages.Contains(binding.Name.Identifier.Text),
        ParenthesizedExpressionSyntax inner => IsMessage(inner.Expression, names),
        PostfixUnaryExpressionSyntax inner => IsMessage(inner.Operand, names),
        CastExpressionSyntax inner => IsMessage(inner.Expression, names),
        ElementAccessExpressionSyntax part => IsMessage(part.Expression, names),
        ConditionalAccessExpressionSyntax access => IsMessage(access.Expression, names) || IsMessage(access.WhenNotNull, names),
        ConditionalExpressionSyntax either => IsMessage(either.WhenTrue, names) || IsMessage(either.WhenFalse, names),
        BinaryExpressionSyntax { RawKind: (int)SyntaxKind.AddExpression or (int)SyntaxKind.CoalesceExpression } both => IsMessage(both.Left, names) || IsMessage(both.Right, names),
        InterpolatedStringExpressionSyntax text => text.Contents.OfType<InterpolationSyntax>().Any(part => IsMessage(part.Expression, names)),
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: "ToString", Expression: var made } } => names.IsException(made) || IsMessage(made, names),
        // Trim, ToLowerInvariant, AsSpan, and whatever else makes another text of it; and LINQ's Select(error => error.Message).
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Expression: var source } } call =>
            IsMessage(source, names) || call.ArgumentList.Arguments.Any(argument => argument.Expression is LambdaExpressionSyntax { ExpressionBody: { } body } && IsMessage(body, names)),
        _ => false,
    };

    private static bool IsMessageName(ExpressionSyntax expression) => expression switch
    {
        IdentifierNameSyntax name => Messages.Contains(name.Identifier.Text),
        MemberAccessExpressionSyntax access => Messages.Contains(access.Name.Identifier.Text),
        _ => false,
    };

    private static bool IsNull(ExpressionSyntax expression) => expression.IsKind(SyntaxKind.NullLiteralExpression);

    private static bool HasText(PatternSyntax pattern) => pattern.DescendantNodesAndSelf().Any(node => node.IsKind(SyntaxKind.StringLiteralExpression) || node is ListPatternSyntax);
}
