using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Rf3d.Mutations;

/// <summary>
/// Rewrites a file so that each place that hands an option on loses it when the process is started as that mutant: <c>settings.Recipe.Momentum</c> becomes
/// <c>(global::Rf3d.Mutant.IsActive(17) ? new Options().Momentum : settings.Recipe.Momentum)</c>, and code that traces the tests. All mutants are one build.
/// </summary>
internal sealed class Mutator(SemanticModel model, string file, List<Mutant> mutants) : CSharpSyntaxRewriter
{
    public override SyntaxNode? VisitMemberAccessExpression(MemberAccessExpressionSyntax node) => Read(node, (ExpressionSyntax)base.VisitMemberAccessExpression(node)!);

    public override SyntaxNode? VisitIdentifierName(IdentifierNameSyntax node) => Read(node, node);

    // A message about an option hands nothing on; a name of an option is no value; and expression trees are read, not run.
    public override SyntaxNode? VisitInterpolatedStringExpression(InterpolatedStringExpressionSyntax node) => node;

    public override SyntaxNode? VisitInvocationExpression(InvocationExpressionSyntax node) => node.Expression is IdentifierNameSyntax { Identifier.Text: "nameof" } ? node : base.VisitInvocationExpression(node);

    public override SyntaxNode? VisitAttributeList(AttributeListSyntax node) => node;

    // "new { request.Seed }" takes the name from the member that is read.
    public override SyntaxNode? VisitAnonymousObjectMemberDeclarator(AnonymousObjectMemberDeclaratorSyntax node)
    {
        var visited = (AnonymousObjectMemberDeclaratorSyntax)base.VisitAnonymousObjectMemberDeclarator(node)!;
        return node is { NameEquals: null, Expression: MemberAccessExpressionSyntax member } ? visited.WithNameEquals(SyntaxFactory.NameEquals(member.Name.Identifier.Text)) : visited;
    }

    public override SyntaxNode? VisitAssignmentExpression(AssignmentExpressionSyntax node)
    {
        var visited = (AssignmentExpressionSyntax)base.VisitAssignmentExpression(node)!;
        if (!node.IsKind(SyntaxKind.SimpleAssignmentExpression))
            return visited;
        if (node is { Left: TupleExpressionSyntax lefts, Right: TupleExpressionSyntax rights } && visited.Right is TupleExpressionSyntax seen)
        {
            var values = lefts.Arguments.Zip(seen.Arguments, (left, right) => right.WithExpression(Assigned(left.Expression, right.Expression)));
            return visited.WithRight(rights.WithArguments(SyntaxFactory.SeparatedList(values)));
        }
        return visited.WithRight(Assigned(node.Left, visited.Right));
    }

    public override SyntaxNode? VisitIsPatternExpression(IsPatternExpressionSyntax node)
    {
        var visited = (IsPatternExpressionSyntax)base.VisitIsPatternExpression(node)!;
        if (node.Pattern is not RecursivePatternSyntax { PropertyPatternClause.Subpatterns: var parts })
            return visited;
        foreach (var name in parts.Select(part => part.NameColon?.Name).OfType<IdentifierNameSyntax>())
        {
            if (model.GetSymbolInfo(name).Symbol is IPropertySymbol property && LostValues.Of(property, file) is not null)
                visited = visited.WithExpression(Parse($"global::Rf3d.Mutant.Without({Add(name, property.Name, node)}, \"{property.Name}\", {visited.Expression})").WithTriviaFrom(visited.Expression));
        }
        return visited;
    }

    // Rows of the table of options are made once; which of them there are is asked whenever the table is read.
    public override SyntaxNode? VisitExpressionElement(ExpressionElementSyntax node) =>
        node.Expression is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.Text: "TrainingOption" } } } row
            ? node.WithExpression(Parse($"global::Rf3d.Mutant.Row({Add(node, ((LiteralExpressionSyntax)row.ArgumentList.Arguments[1].Expression).Token.ValueText, node)}, {row})").WithTriviaFrom(row))
            : base.VisitExpressionElement(node);

    public override SyntaxNode? VisitRecordDeclaration(RecordDeclarationSyntax node) => node.Identifier.Text == "TrainingOptionGroup"
        ? ((RecordDeclarationSyntax)SyntaxFactory.ParseMemberDeclaration(
            "internal sealed record TrainingOptionGroup(string Title, IReadOnlyList<TrainingOption> Options) { public IReadOnlyList<TrainingOption> Options { get => global::Rf3d.Mutant.Rows(field); } = Options; }")!).WithTriviaFrom(node)
        : base.VisitRecordDeclaration(node);

    public override SyntaxNode? VisitPropertyDeclaration(PropertyDeclarationSyntax node) => node is { Identifier.Text: "All", Initializer.Value: var value } && file.EndsWith("/TrainingOptionTable.cs", StringComparison.Ordinal)
        ? node.WithAccessorList(null).WithInitializer(null).WithExpressionBody(SyntaxFactory.ArrowExpressionClause(value.WithLeadingTrivia(SyntaxFactory.Space)))
        : base.VisitPropertyDeclaration(node);

    // Values that are written to files: entries of a configuration, lines of code.
    public override SyntaxNode? VisitExpressionStatement(ExpressionStatementSyntax node)
    {
        var visited = base.VisitExpressionStatement(node);
        return file.EndsWith("/MbConfig.cs", StringComparison.Ordinal) && node.Expression is AssignmentExpressionSyntax { Left: ElementAccessExpressionSyntax or TupleExpressionSyntax } entry
            ? Unless(entry.Left.ToString(), node, visited!)
            : visited;
    }

    public override SyntaxNode? VisitYieldStatement(YieldStatementSyntax node)
    {
        var visited = base.VisitYieldStatement(node);
        return file.EndsWith("/TrainingCode.cs", StringComparison.Ordinal) ? Unless("a line of the code", node, visited!) : visited;
    }

    private static ExpressionSyntax Parse(string text) => SyntaxFactory.ParseExpression(text);

    private static bool IsWritten(ExpressionSyntax node)
    {
        SyntaxNode target = node;
        while (target.Parent is ArgumentSyntax { RefKindKeyword.RawKind: 0, Parent: TupleExpressionSyntax tuple })
            target = tuple;
        return target.Parent is AssignmentExpressionSyntax assignment && assignment.Left == target;
    }

    private ExpressionSyntax Read(ExpressionSyntax node, ExpressionSyntax visited)
    {
        var isName = node.Parent is MemberAccessExpressionSyntax access && access.Name == node;
        if (isName || node.Parent is MemberBindingExpressionSyntax or NameColonSyntax or NameEqualsSyntax or QualifiedNameSyntax or AliasQualifiedNameSyntax || IsWritten(node))
            return visited;
        var symbol = model.GetSymbolInfo(node).Symbol;
        // The group of all figures: each of them is a place of its own.
        if (symbol is not (IPropertySymbol or IParameterSymbol or ILocalSymbol) || (symbol is { Name: "Recipe" } && node.Parent is MemberAccessExpressionSyntax))
            return visited;
        return LostValues.Of(symbol, file) is { } lost ? Lossy(Add(node, symbol.Name, node), lost, visited).WithTriviaFrom(visited) : visited;
    }

    private ExpressionSyntax Assigned(ExpressionSyntax left, ExpressionSyntax right)
    {
        if (model.GetSymbolInfo(left).Symbol is not IPropertySymbol property || LostValues.Of(property, file) is not { } lost || right.ToString().StartsWith("(global::Rf3d.Mutant.Is", StringComparison.Ordinal))
            return right;
        var isInitializer = left is IdentifierNameSyntax && left.Parent?.Parent is InitializerExpressionSyntax;
        return Lossy(Add(left, property.Name, left.Parent!), isInitializer ? lost : left.ToString(), right).WithLeadingTrivia(SyntaxFactory.Space);
    }

    /// <summary>The lost value as this mutant, else the real one; while tests are traced, both. A value that declares variables can stand there only once.</summary>
    private static ExpressionSyntax Lossy(int number, string lost, ExpressionSyntax value) => Parse(value.DescendantNodes().Any(node => node is SingleVariableDesignationSyntax)
        ? $"(global::Rf3d.Mutant.Is({number}) ? {lost} : {value})"
        : $"(global::Rf3d.Mutant.IsActive({number}) ? {lost} : global::Rf3d.Mutant.IsTraced ? global::Rf3d.Mutant.Seen({number}, {value}, {lost}) : {value})");

    private StatementSyntax Unless(string option, StatementSyntax node, SyntaxNode visited) =>
        SyntaxFactory.ParseStatement($"{{ if (!global::Rf3d.Mutant.Is({Add(node, option, node)})) {visited.ToString()} }}").WithTriviaFrom(node);

    private int Add(SyntaxNode place, string option, SyntaxNode shown)
    {
        var line = place.GetLocation().GetLineSpan().StartLinePosition.Line;
        var text = shown.SyntaxTree.GetText().Lines[line].ToString().Trim();
        mutants.Add(new(mutants.Count + 1, file, line + 1, option, text));
        return mutants.Count;
    }
}
