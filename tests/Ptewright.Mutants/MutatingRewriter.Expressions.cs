using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace Ptewright.Mutants;

/// <content>Operators, constants, calls and patterns.</content>
internal sealed partial class MutatingRewriter
{
    // From here on a number is a mask or an address, not a count.
    private const ulong Large = 256;

    /// <inheritdoc/>
    public override SyntaxNode? VisitBinaryExpression(BinaryExpressionSyntax node)
    {
        if (node.Kind() is SyntaxKind.LogicalAndExpression or SyntaxKind.LogicalOrExpression)
        {
            // A side is dropped: true for &&, false for ||.
            bool isAnd = node.IsKind(SyntaxKind.LogicalAndExpression);
            return node.WithLeft(Dropped(node.Left, isAnd)).WithRight(Dropped(node.Right, isAnd));
        }

        if (model.GetConstantValue(node).HasValue)
        {
            // As a whole: a mutant of a part would not be in the text.
            return ConstantInstead(node, node);
        }

        ExpressionSyntax visited = (ExpressionSyntax)base.VisitBinaryExpression(node)!;
        if (node.IsKind(SyntaxKind.CoalesceExpression))
        {
            return model.GetTypeInfo(node.Left).Type is { } type and not IErrorTypeSymbol && Add(node, "left of ??", node.Left.ToString(), "null") is { } id
                ? Chosen(node, visited, (id, ParenthesizedExpression(node.Right)))
                : visited;
        }

        if (IsDeclaring(node) || (node.IsKind(SyntaxKind.AddExpression) && (IsText(node.Left) || IsText(node.Right))))
        {
            return visited;
        }

        List<(int Id, ExpressionSyntax Instead)> mutants = [];
        foreach (SyntaxKind kind in OtherOperators(node.Kind()))
        {
            ExpressionSyntax instead = BinaryExpression(kind, node.Left, node.Right);
            if (Add(node, "operator", node.ToString(), ((BinaryExpressionSyntax)instead).OperatorToken.Text) is { } id)
            {
                mutants.Add((id, instead));
            }
        }

        return Chosen(node, visited, [.. mutants]);
    }

    /// <inheritdoc/>
    public override SyntaxNode? VisitConditionalExpression(ConditionalExpressionSyntax node) => node
        .WithCondition(Decided(node.Condition, canBeTrue: true))
        .WithWhenTrue((ExpressionSyntax)Visit(node.WhenTrue)!)
        .WithWhenFalse((ExpressionSyntax)Visit(node.WhenFalse)!);

    /// <inheritdoc/>
    public override SyntaxNode? VisitPrefixUnaryExpression(PrefixUnaryExpressionSyntax node)
    {
        if (model.GetConstantValue(node).HasValue)
        {
            return ConstantInstead(node, node);
        }

        ExpressionSyntax visited = node.Kind() is SyntaxKind.AddressOfExpression or SyntaxKind.PreIncrementExpression or SyntaxKind.PreDecrementExpression
            ? node
            : (ExpressionSyntax)base.VisitPrefixUnaryExpression(node)!;
        ExpressionSyntax? instead = node.Kind() switch
        {
            SyntaxKind.BitwiseNotExpression or SyntaxKind.UnaryMinusExpression or SyntaxKind.LogicalNotExpression => node.Operand,
            SyntaxKind.PreIncrementExpression when !IsStatement(node) => PrefixUnaryExpression(SyntaxKind.PreDecrementExpression, node.Operand),
            _ => null,
        };
        return instead is not null && !IsDeclaring(node) && Add(node, "operator", node.ToString(), instead.ToString()) is { } id ? Chosen(node, visited, (id, instead)) : visited;
    }

    /// <inheritdoc/>
    public override SyntaxNode? VisitPostfixUnaryExpression(PostfixUnaryExpressionSyntax node) =>
        !node.IsKind(SyntaxKind.SuppressNullableWarningExpression) ? node : base.VisitPostfixUnaryExpression(node);

    /// <inheritdoc/>
    public override SyntaxNode? VisitAssignmentExpression(AssignmentExpressionSyntax node) => VisitAssignment(node);

    /// <inheritdoc/>
    public override SyntaxNode? VisitArgument(ArgumentSyntax node) => node.RefKindKeyword.IsKind(SyntaxKind.None) ? base.VisitArgument(node) : node;

    /// <inheritdoc/>
    public override SyntaxNode? VisitRefExpression(RefExpressionSyntax node) => node;

    /// <inheritdoc/>
    public override SyntaxNode? VisitLiteralExpression(LiteralExpressionSyntax node)
    {
        if (node.IsKind(SyntaxKind.StringLiteralExpression))
        {
            return node.Token.ValueText.Length > 0 && Add(node, "text", node.ToString(), "\"\"") is { } id ? Chosen(node, node, (id, ParseExpression("\"\""))) : node;
        }

        if (node.Kind() is SyntaxKind.TrueLiteralExpression or SyntaxKind.FalseLiteralExpression)
        {
            string other = node.IsKind(SyntaxKind.TrueLiteralExpression) ? "false" : "true";
            return Add(node, "literal", node.ToString(), other) is { } id ? Chosen(node, node, (id, ParseExpression(other))) : node;
        }

        return node.IsKind(SyntaxKind.NumericLiteralExpression) ? ConstantInstead(node, node) : node;
    }

    /// <inheritdoc/>
    public override SyntaxNode? VisitIdentifierName(IdentifierNameSyntax node) =>
        model.GetSymbolInfo(node).Symbol is IFieldSymbol { IsConst: true } && node.Parent is not (MemberAccessExpressionSyntax or NameColonSyntax or NameEqualsSyntax)
            ? ConstantInstead(node, node) : node;

    /// <inheritdoc/>
    public override SyntaxNode? VisitMemberAccessExpression(MemberAccessExpressionSyntax node) =>
        model.GetSymbolInfo(node).Symbol is IFieldSymbol { IsConst: true } field
            ? field.ContainingType.TypeKind == TypeKind.Enum ? node : ConstantInstead(node, node)
            : node.WithExpression((ExpressionSyntax)Visit(node.Expression)!);

    /// <inheritdoc/>
    public override SyntaxNode? VisitInvocationExpression(InvocationExpressionSyntax node)
    {
        ExpressionSyntax visited = (ExpressionSyntax)base.VisitInvocationExpression(node)!;
        if (node.Expression is not MemberAccessExpressionSyntax access || OtherCall(access.Name.Identifier.Text) is not { } other || IsDeclaring(node) || IsStatement(node))
        {
            return visited;
        }

        InvocationExpressionSyntax instead = node.WithExpression(access.WithName(IdentifierName(other)));
        return Add(node, "call", access.Name.Identifier.Text, other) is { } id ? Chosen(node, visited, (id, instead)) : visited;
    }

    /// <inheritdoc/>
    public override SyntaxNode? VisitIsPatternExpression(IsPatternExpressionSyntax node)
    {
        ExpressionSyntax visited = node.WithExpression((ExpressionSyntax)Visit(node.Expression)!);
        if (IsDeclaring(node))
        {
            return visited;
        }

        List<(int Id, ExpressionSyntax Instead)> mutants = [];
        foreach (SyntaxNode part in node.Pattern.DescendantNodesAndSelf())
        {
            PatternSyntax? instead = part switch
            {
                RelationalPatternSyntax relation => relation.WithOperatorToken(OtherRelation(relation.OperatorToken)),
                BinaryPatternSyntax { RawKind: (int)SyntaxKind.AndPattern } both => BinaryPattern(SyntaxKind.OrPattern, both.Left, Spaced(SyntaxKind.OrKeyword), both.Right),
                BinaryPatternSyntax { RawKind: (int)SyntaxKind.OrPattern } either => BinaryPattern(SyntaxKind.AndPattern, either.Left, Spaced(SyntaxKind.AndKeyword), either.Right),
                _ => null,
            };
            if (instead is not null && Add(part, "pattern", part.ToString(), instead.ToString()) is { } id)
            {
                mutants.Add((id, node.WithPattern(node.Pattern.ReplaceNode(part, instead))));
            }
        }

        return Chosen(node, visited, [.. mutants]);
    }

    // A type that is not known here is a generated one, and may be a string.
    private bool IsText(ExpressionSyntax expression) =>
        model.GetTypeInfo(expression).Type is null or IErrorTypeSymbol or { SpecialType: SpecialType.System_String };

    private static SyntaxToken Spaced(SyntaxKind kind) => Token(kind).WithLeadingTrivia(Space).WithTrailingTrivia(Space);

    private static bool IsStatement(SyntaxNode node) => node.Parent is ExpressionStatementSyntax or ForStatementSyntax or ConditionalAccessExpressionSyntax;

    private ExpressionSyntax Dropped(ExpressionSyntax side, bool becomes)
    {
        ExpressionSyntax visited = (ExpressionSyntax)Visit(side)!;
        if (side is BinaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalAndExpression or (int)SyntaxKind.LogicalOrExpression } || Add(side, "side dropped", side.ToString(), becomes ? "true" : "false") is not { } id)
        {
            return visited;
        }

        ExpressionSyntax inner = ParenthesizedExpression(visited.WithoutTrivia());
        ExpressionSyntax dropped = becomes
            ? BinaryExpression(SyntaxKind.LogicalOrExpression, IsOn(id), inner)
            : BinaryExpression(SyntaxKind.LogicalAndExpression, PrefixUnaryExpression(SyntaxKind.LogicalNotExpression, IsOn(id)), inner);
        return Marked(ParenthesizedExpression(dropped), [id]).WithTriviaFrom(side);
    }

    // A small number becomes its neighbours; a large one, which is a mask or a size, loses its lowest bit or moves by one.
    private ExpressionSyntax ConstantInstead(ExpressionSyntax node, ExpressionSyntax visited)
    {
        TypeInfo info = model.GetTypeInfo(node);
        if (model.GetConstantValue(node) is not { HasValue: true, Value: { } constant } || (info.ConvertedType ?? info.Type) is not { } type || !IsNumber(type) || !IsNumber(info.Type))
        {
            return visited;
        }

        ulong value = constant is IConvertible and not (double or float or decimal or string or bool) ? Bits(constant) : 0;
        IEnumerable<ulong> others = value switch
        {
            0 => [1],
            1 => [0],
            >= Large => [(value & (value - 1)) == 0 ? value << 1 : value & (value - 1)],
            _ => [value + 1, value - 1],
        };
        List<(int Id, ExpressionSyntax Instead)> mutants = [];
        foreach (ulong other in others)
        {
            string text = $"unchecked(({type.ToDisplayString()})0x{other:x}UL)";
            if (Add(node, "constant", node.ToString(), string.Create(CultureInfo.InvariantCulture, $"{(other < Large ? other.ToString(CultureInfo.InvariantCulture) : $"0x{other:x}")}")) is { } id)
            {
                mutants.Add((id, ParseExpression(text)));
            }
        }

        ExpressionSyntax typed = ParseExpression($"(({type.ToDisplayString()})({node}))");
        return Chosen(node, mutants.Count == 0 ? visited : typed, [.. mutants]);
    }

    private static ulong Bits(object constant) => constant switch
    {
        ulong or uint or ushort or byte or char => Convert.ToUInt64(constant, CultureInfo.InvariantCulture),
        _ => unchecked((ulong)Convert.ToInt64(constant, CultureInfo.InvariantCulture)),
    };

    private static bool IsNumber(ITypeSymbol? type) => type?.SpecialType is >= SpecialType.System_SByte and <= SpecialType.System_UInt64;

    private static SyntaxKind[] OtherOperators(SyntaxKind kind) => kind switch
    {
        SyntaxKind.LessThanExpression => [SyntaxKind.LessThanOrEqualExpression, SyntaxKind.GreaterThanOrEqualExpression],
        SyntaxKind.LessThanOrEqualExpression => [SyntaxKind.LessThanExpression, SyntaxKind.GreaterThanExpression],
        SyntaxKind.GreaterThanExpression => [SyntaxKind.GreaterThanOrEqualExpression, SyntaxKind.LessThanOrEqualExpression],
        SyntaxKind.GreaterThanOrEqualExpression => [SyntaxKind.GreaterThanExpression, SyntaxKind.LessThanExpression],
        SyntaxKind.EqualsExpression => [SyntaxKind.NotEqualsExpression],
        SyntaxKind.NotEqualsExpression => [SyntaxKind.EqualsExpression],
        SyntaxKind.AddExpression => [SyntaxKind.SubtractExpression],
        SyntaxKind.SubtractExpression => [SyntaxKind.AddExpression],
        SyntaxKind.MultiplyExpression => [SyntaxKind.DivideExpression],
        SyntaxKind.DivideExpression or SyntaxKind.ModuloExpression => [SyntaxKind.MultiplyExpression],
        SyntaxKind.LeftShiftExpression => [SyntaxKind.RightShiftExpression],
        SyntaxKind.RightShiftExpression => [SyntaxKind.LeftShiftExpression],
        SyntaxKind.BitwiseAndExpression => [SyntaxKind.BitwiseOrExpression],
        SyntaxKind.BitwiseOrExpression => [SyntaxKind.BitwiseAndExpression],
        SyntaxKind.ExclusiveOrExpression => [SyntaxKind.BitwiseOrExpression],
        _ => [],
    };

    private static SyntaxToken OtherRelation(SyntaxToken token) => Token(token.Kind() switch
    {
        SyntaxKind.LessThanToken => SyntaxKind.LessThanEqualsToken,
        SyntaxKind.LessThanEqualsToken => SyntaxKind.LessThanToken,
        SyntaxKind.GreaterThanToken => SyntaxKind.GreaterThanEqualsToken,
        _ => SyntaxKind.GreaterThanToken,
    });

    private static SyntaxToken? CompoundOperator(AssignmentExpressionSyntax assignment) => assignment.Kind() switch
    {
        SyntaxKind.AddAssignmentExpression => Token(SyntaxKind.MinusEqualsToken),
        SyntaxKind.SubtractAssignmentExpression => Token(SyntaxKind.PlusEqualsToken),
        SyntaxKind.OrAssignmentExpression or SyntaxKind.ExclusiveOrAssignmentExpression => Token(SyntaxKind.AmpersandEqualsToken),
        SyntaxKind.AndAssignmentExpression => Token(SyntaxKind.BarEqualsToken),
        SyntaxKind.LeftShiftAssignmentExpression => Token(SyntaxKind.GreaterThanGreaterThanEqualsToken),
        SyntaxKind.RightShiftAssignmentExpression => Token(SyntaxKind.LessThanLessThanEqualsToken),
        _ => null,
    };

    private static string? OtherCall(string name) => name switch
    {
        "Min" => "Max",
        "Max" => "Min",
        "Any" => "All",
        "All" => "Any",
        "First" => "Last",
        "Last" => "First",
        "FirstOrDefault" => "LastOrDefault",
        "LastOrDefault" => "FirstOrDefault",
        "StartsWith" => "EndsWith",
        "EndsWith" => "StartsWith",
        "IndexOf" => "LastIndexOf",
        "LastIndexOf" => "IndexOf",
        "OrderBy" => "OrderByDescending",
        "OrderByDescending" => "OrderBy",
        "AlignDown" => "AlignUp",
        "AlignUp" => "AlignDown",
        _ => null,
    };
}
