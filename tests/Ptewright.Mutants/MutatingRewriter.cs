using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace Ptewright.Mutants;

/// <summary>Puts every mutant of a file into it at once: each is a branch that is taken only when its number is switched on.</summary>
/// <remarks>A mutated branch holds the original operands, so the text grows with the depth of expressions only. What does not compile is left out afterwards
/// (<see cref="MutatedTree"/>): which mutants those are is the only thing that this class is told.</remarks>
internal sealed partial class MutatingRewriter(SemanticModel model, string file, int firstId, IReadOnlySet<int> leftOut) : CSharpSyntaxRewriter
{
    /// <summary>Marks a node that holds mutants; its data are their numbers.</summary>
    public const string Mark = "mutants";

    /// <summary>The first number that the next file may use.</summary>
    public int Next { get; private set; } = firstId;

    /// <summary>Every mutant of the file, those that are left out too: so numbers stay the same from one attempt to the next.</summary>
    public List<Mutant> Mutants { get; } = [];

    /// <inheritdoc/>
    public override SyntaxNode? Visit(SyntaxNode? node) => node switch
    {
        null => null,
        StatementSyntax statement when IsRemovable(statement) => RemoveStatement(statement),
        _ when IsFixed(node) => node,
        _ => base.Visit(node),
    };

    /// <inheritdoc/>
    public override SyntaxNode? VisitSwitchExpressionArm(SwitchExpressionArmSyntax node)
    {
        SwitchExpressionArmSyntax visited = node.WithExpression((ExpressionSyntax)Visit(node.Expression)!)
            .WithWhenClause(node.WhenClause is { } clause ? clause.WithCondition((ExpressionSyntax)Visit(clause.Condition)!) : null);
        if (node.Pattern is DiscardPatternSyntax || Add(node, "arm removed", node.Pattern.ToString(), "never") is not { } id)
        {
            return visited;
        }

        ExpressionSyntax isOff = PrefixUnaryExpression(SyntaxKind.LogicalNotExpression, IsOn(id));
        ExpressionSyntax condition = visited.WhenClause is { } old
            ? BinaryExpression(SyntaxKind.LogicalAndExpression, ParenthesizedExpression(old.Condition.WithoutTrivia()), isOff)
            : isOff;
        return Marked(visited.WithWhenClause(WhenClause(Token(SyntaxKind.WhenKeyword).WithLeadingTrivia(Space).WithTrailingTrivia(Space), condition.WithTrailingTrivia(Space))), [id]);
    }

    // Each part is visited once: every visit makes mutants.
    /// <inheritdoc/>
    public override SyntaxNode? VisitIfStatement(IfStatementSyntax node) => node
        .WithCondition(Decided(node.Condition, canBeTrue: true))
        .WithStatement((StatementSyntax)Visit(node.Statement)!)
        .WithElse((ElseClauseSyntax?)Visit(node.Else));

    /// <inheritdoc/>
    public override SyntaxNode? VisitWhileStatement(WhileStatementSyntax node) => node
        .WithCondition(Decided(node.Condition, canBeTrue: false))
        .WithStatement((StatementSyntax)Visit(node.Statement)!);

    /// <inheritdoc/>
    public override SyntaxNode? VisitReturnStatement(ReturnStatementSyntax node) =>
        node.Expression is null ? node : node.WithExpression(Returned(node.Expression));

    /// <inheritdoc/>
    public override SyntaxNode? VisitArrowExpressionClause(ArrowExpressionClauseSyntax node) => node.WithExpression(Returned(node.Expression));

    /// <inheritdoc/>
    public override SyntaxNode? VisitSimpleLambdaExpression(SimpleLambdaExpressionSyntax node) =>
        node.ExpressionBody is null ? base.VisitSimpleLambdaExpression(node) : node.WithExpressionBody(Returned(node.ExpressionBody));

    /// <inheritdoc/>
    public override SyntaxNode? VisitParenthesizedLambdaExpression(ParenthesizedLambdaExpressionSyntax node) =>
        node.ExpressionBody is null ? base.VisitParenthesizedLambdaExpression(node) : node.WithExpressionBody(Returned(node.ExpressionBody));

    private static bool IsRemovable(StatementSyntax statement) => statement switch
    {
        ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.Text: "_" } } } => false,
        ExpressionStatementSyntax or BreakStatementSyntax { Parent: not SwitchSectionSyntax } or ContinueStatementSyntax or ThrowStatementSyntax or YieldStatementSyntax => true,
        ReturnStatementSyntax { Expression: null } => true,
        _ => false,
    };

    // What must be a constant, what is no code, and the words of messages.
    private static bool IsFixed(SyntaxNode node) => node switch
    {
        FieldDeclarationSyntax field => field.Modifiers.Any(SyntaxKind.ConstKeyword),
        LocalDeclarationStatementSyntax local => local.IsConst,
        InvocationExpressionSyntax call => IsMessage(call),
        AttributeListSyntax or EnumMemberDeclarationSyntax or ParameterSyntax or PatternSyntax or SwitchLabelSyntax or ThrowExpressionSyntax or InterpolatedStringExpressionSyntax => true,
        _ => false,
    };

    private static bool IsMessage(InvocationExpressionSyntax call) =>
        call.Expression.ToString() is "nameof" or "TextFile.Error" or "TextFile.Quote" or "Error" or "Missing" || call.Expression.ToString().StartsWith("ArgumentNullException.", StringComparison.Ordinal);

    // A statement that leaves: without it, variables may have no value; the compiler says so, and then it is left out.
    private StatementSyntax RemoveStatement(StatementSyntax statement)
    {
        StatementSyntax visited = statement is ThrowStatementSyntax ? statement : statement is ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax assignment } whole
            && CompoundOperator(assignment) is { } other && Add(whole, "assignment operator", assignment.OperatorToken.Text, other.Text) is { } swapped
            ? Marked(
                IfStatement(
                    IsOn(swapped),
                    Block(whole.WithExpression(assignment.WithOperatorToken(other)).WithoutTrivia()),
                    ElseClause(Block(whole.WithExpression(VisitAssignment(assignment)).WithoutTrivia()))),
                [swapped])
            : (StatementSyntax)base.Visit(statement)!;
        return Add(statement, "statement removed", statement.ToString(), ";") is { } removed
            ? Marked(IfStatement(PrefixUnaryExpression(SyntaxKind.LogicalNotExpression, IsOn(removed)), Block(visited.WithoutTrivia())), [removed]).WithTriviaFrom(statement)
            : visited.WithTriviaFrom(statement);
    }

    private AssignmentExpressionSyntax VisitAssignment(AssignmentExpressionSyntax assignment) => assignment.WithRight((ExpressionSyntax)Visit(assignment.Right)!);

    private ExpressionSyntax Returned(ExpressionSyntax expression)
    {
        ExpressionSyntax visited = (ExpressionSyntax)Visit(expression)!;
        TypeInfo info = model.GetTypeInfo(expression);
        ITypeSymbol? type = info.ConvertedType ?? info.Type;
        if (type is null or IErrorTypeSymbol || type.SpecialType == SpecialType.System_Void || expression is ThrowExpressionSyntax or LiteralExpressionSyntax or RefExpressionSyntax)
        {
            return visited;
        }

        if (type.SpecialType == SpecialType.System_Boolean)
        {
            return IsFixedCondition(expression) ? visited : Forced(expression, visited, canBeTrue: true);
        }

        bool isWorthIt = type.IsValueType || type.TypeKind == TypeKind.Pointer || type.NullableAnnotation == NullableAnnotation.Annotated;
        return !isWorthIt || expression is ConditionalExpressionSyntax or SwitchExpressionSyntax || Add(expression, "value replaced", expression.ToString(), "default") is not { } id
            ? visited
            : Chosen(expression, visited, (id, ParseExpression($"default({type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)})")));
    }

    // Equality has a mutant of its own, and so have the arms of the others.
    private static bool IsFixedCondition(ExpressionSyntax condition) => condition is LiteralExpressionSyntax or ConditionalExpressionSyntax or SwitchExpressionSyntax
        || (condition.Kind() is SyntaxKind.EqualsExpression or SyntaxKind.NotEqualsExpression && !IsDeclaring(condition));

    private ExpressionSyntax Decided(ExpressionSyntax condition, bool canBeTrue)
    {
        ExpressionSyntax visited = (ExpressionSyntax)Visit(condition)!;
        return IsFixedCondition(condition) ? visited : Forced(condition, visited, canBeTrue);
    }

    private ExpressionSyntax Forced(ExpressionSyntax condition, ExpressionSyntax visited, bool canBeTrue)
    {
        List<int> ids = [];

        // That one side of && or || decides is a mutant of the side.
        if (!condition.IsKind(SyntaxKind.LogicalOrExpression) && Add(condition, "condition", condition.ToString(), "false") is { } never)
        {
            visited = BinaryExpression(
                SyntaxKind.LogicalAndExpression, PrefixUnaryExpression(SyntaxKind.LogicalNotExpression, IsOn(never)), ParenthesizedExpression(visited.WithoutTrivia()));
            ids.Add(never);
        }

        if (canBeTrue && !condition.IsKind(SyntaxKind.LogicalAndExpression) && Add(condition, "condition", condition.ToString(), "true") is { } always)
        {
            visited = BinaryExpression(SyntaxKind.LogicalOrExpression, IsOn(always), ParenthesizedExpression(visited.WithoutTrivia()));
            ids.Add(always);
        }

        return ids.Count == 0 ? visited : Marked(ParenthesizedExpression(visited.WithoutTrivia()), ids).WithTriviaFrom(condition);
    }

    private static bool IsDeclaring(SyntaxNode node) => node.DescendantNodesAndSelf().Any(inner => inner is SingleVariableDesignationSyntax or ParenthesizedVariableDesignationSyntax);

    // The original, or what stands there instead while a mutant is on.
    private static ExpressionSyntax Chosen(ExpressionSyntax original, ExpressionSyntax visited, params ReadOnlySpan<(int Id, ExpressionSyntax Instead)> mutants)
    {
        ExpressionSyntax chosen = ParenthesizedExpression(visited.WithoutTrivia());
        List<int> ids = [];
        foreach ((int id, ExpressionSyntax instead) in mutants)
        {
            chosen = ConditionalExpression(IsOn(id), ParenthesizedExpression(instead.WithoutTrivia()), chosen);
            ids.Add(id);
        }

        return ids.Count == 0 ? visited : Marked(ParenthesizedExpression(chosen), ids).WithTriviaFrom(original);
    }

    private static ExpressionSyntax IsOn(int id) => ParseExpression($"global::Ptewright.MutantSwitch.IsOn({id})");

    private static TNode Marked<TNode>(TNode node, IEnumerable<int> ids)
        where TNode : SyntaxNode => node.WithAdditionalAnnotations(new SyntaxAnnotation(Mark, string.Join(' ', ids)));

    // The mutant's number, unless it is left out.
    private int? Add(SyntaxNode node, string kind, string original, string replacement)
    {
        int id = Next++;
        if (leftOut.Contains(id))
        {
            return null;
        }

        int line = node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
        Mutants.Add(new Mutant(id, file, line, kind, OneLine(original), OneLine(replacement)));
        return id;
    }

    private static string OneLine(string text)
    {
        string line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length > 100 ? line[..100] + "…" : line;
    }
}
