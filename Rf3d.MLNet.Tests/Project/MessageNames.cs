using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Rf3d.MLNet.Tests.Project;

/// <summary>The names within one member of a type that refer to exceptions and to texts of messages.</summary>
internal sealed class MessageNames
{
    private readonly HashSet<string> _exceptions = [];
    private readonly HashSet<string> _texts = [];

    public MessageNames(SyntaxNode member)
    {
        foreach (var node in member.DescendantNodes())
        {
            switch (node)
            {
                case CatchDeclarationSyntax { Identifier.Text: { Length: > 0 } name }:
                    _exceptions.Add(name);
                    break;
                case ParameterSyntax { Type: { } type, Identifier.Text: var name } when IsExceptionType(type):
                    _exceptions.Add(name);
                    break;
                case DeclarationPatternSyntax { Type: { } type, Designation: SingleVariableDesignationSyntax { Identifier.Text: var name } } when IsExceptionType(type):
                    _exceptions.Add(name);
                    break;
                case VariableDeclarationSyntax { Type: { } type } declaration when IsExceptionType(type):
                    _exceptions.UnionWith(declaration.Variables.Select(variable => variable.Identifier.Text));
                    break;
                // { Message: var text }
                case SubpatternSyntax { ExpressionColon.Expression: IdentifierNameSyntax { Identifier.Text: "Message" or "RawMessage" }, Pattern: var pattern }:
                    _texts.UnionWith(pattern.DescendantNodesAndSelf().OfType<SingleVariableDesignationSyntax>().Select(variable => variable.Identifier.Text));
                    break;
            }
        }
        // A text may be made of one that was declared before.
        foreach (var variable in member.DescendantNodes().OfType<VariableDeclaratorSyntax>())
        {
            if (variable.Initializer is { Value: var value } && MessageReadings.IsMessage(value, this))
                _texts.Add(variable.Identifier.Text);
        }
    }

    public bool IsText(IdentifierNameSyntax name) => _texts.Contains(name.Identifier.Text);

    public bool IsException(ExpressionSyntax expression) => expression is IdentifierNameSyntax name && _exceptions.Contains(name.Identifier.Text);

    private static bool IsExceptionType(TypeSyntax type) => type.ToString().TrimEnd('?').EndsWith("Exception", StringComparison.Ordinal);
}
